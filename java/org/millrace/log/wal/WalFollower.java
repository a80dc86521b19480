package org.millrace.log.wal;

import org.millrace.format.WalHeader;
import org.millrace.log.engine.CloseGuard;
import org.millrace.log.engine.Listeners;
import org.millrace.memory.MillraceException;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps a read-only write-ahead log up with the process that writes it: whenever somebody looks,
 * new whole batches become readable, also those in new segments.
 *
 * <p><b>Threads.</b> Any; whoever finds another one looking goes on with what is known.
 */
final class WalFollower {
    private static final long POLL_NANOS = 50_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Listeners listeners = new Listeners();
    private final WalFiles files;
    private final WalSegments segments;
    private volatile long since;
    private boolean watching;

    WalFollower(WalFiles files, WalSegments segments, long since) {
        this.files = files;
        this.segments = segments;
        this.since = since;
    }

    long since() {
        return since;
    }

    /** Looks for new records; true when there are some. */
    boolean refresh() {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            long before = since;
            while (walkOn() && openNext()) {
                continue;
            }
            return since != before;
        } finally {
            lock.unlock();
        }
    }

    AutoCloseable watch(Runnable listener, CloseGuard guard) {
        lock.lock();
        try {
            if (!watching) {
                watching = true;
                Thread.ofPlatform()
                        .daemon()
                        .name(files.name() + " follower")
                        .start(() -> poll(guard));
            }
        } finally {
            lock.unlock();
        }
        return listeners.add(listener);
    }

    /** Publishes what the last segment has more; false when it is damaged there or gone. */
    private boolean walkOn() {
        var last = segments.last();
        if (last.isSealed()) {
            return true;
        }
        long size = last.file().size();
        if (size > last.end()) {
            var tally = WalTally.from(last, last.end(), size);
            if (tally.wholeSequence() >= 0) {
                last.end(tally.wholeEnd());
                since = tally.wholeSequence();
            }
        }
        return true;
    }

    private boolean openNext() {
        var last = segments.last();
        var path = files.path(WalSegment.nameOf(last.nextSequence()));
        if (last.end() <= WalHeader.BYTES && !last.isSealed() || !files.storage().exists(path)) {
            return false;
        }
        try {
            var next = files.open(path);
            segments.add(next);
            if (next.isSealed()) {
                since = Math.max(since, next.footer().lastSequence());
            }
            return true;
        } catch (MillraceException e) {
            return false; // dropped meanwhile, or damaged: the next open tells
        }
    }

    private void poll(CloseGuard guard) {
        while (guard.tryEnter()) {
            boolean moved;
            try {
                moved = refresh();
            } finally {
                guard.exit();
            }
            if (moved) {
                listeners.fire();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
