package org.millrace.log.offset;

import org.millrace.log.engine.CloseGuard;
import org.millrace.log.engine.FileEngine;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps a read-only offset log up with the process that writes it: whenever the file has grown, new
 * whole frames become readable. A frame half written is left for the next look.
 *
 * <p><b>Threads.</b> Any; whoever finds another one looking goes on with what is known.
 */
final class OffsetFollower {
    private static final long POLL_MS = 50;

    private final ReentrantLock lock = new ReentrantLock();
    private final OffsetReader reader;
    private final FileEngine engine;
    private boolean watching;

    OffsetFollower(OffsetReader reader, FileEngine engine) {
        this.reader = reader;
        this.engine = engine;
    }

    /** Looks for new records; true when there are some. */
    boolean refresh() {
        var progress = engine.progress;
        long size = reader.file().size();
        if (size <= progress.writtenEnd() || !lock.tryLock()) {
            return false;
        }
        try (var scan = new OffsetScan(reader.file(), reader.frame())) {
            long before = progress.writtenSeq();
            scan.forward(progress.writtenEnd(), before, size);
            if (scan.lastSeq() == before) {
                return false;
            }
            progress.written(scan.lastSeq(), scan.end());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** From now on a daemon thread looks and tells the listeners, until the log is closed. */
    void watch(CloseGuard guard) {
        lock.lock();
        try {
            if (watching) {
                return;
            }
            watching = true;
        } finally {
            lock.unlock();
        }
        var thread =
                new Thread(() -> poll(guard), "millrace-follow " + reader.path().getFileName());
        thread.setDaemon(true);
        thread.start();
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
                engine.listeners.fire();
            }
            java.util.concurrent.locks.LockSupport.parkNanos(POLL_MS * 1_000_000);
        }
    }
}
