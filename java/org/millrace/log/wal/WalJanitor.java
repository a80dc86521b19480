package org.millrace.log.wal;

import org.millrace.memory.MillraceException;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * The slow work of a write-ahead log, away from appenders: seals segments that are durable, then
 * drops what retention says. Its thread lives only while there is something to do.
 *
 * <p><b>Threads.</b> Any; the work is done by one at a time.
 */
final class WalJanitor {
    /** What happens to a segment once it is sealed: compression, encryption. */
    interface AfterSeal {
        void sealed(WalSegment segment);
    }

    private final WalFiles files;
    private final WalSegments segments;
    private final Queue<WalSegment> due = new ArrayDeque<>();
    private final Object working = new Object();
    private AfterSeal afterSeal = _ -> {};
    private Thread thread;
    private boolean stopped;
    private volatile MillraceException failure;

    WalJanitor(WalFiles files, WalSegments segments) {
        this.files = files;
        this.segments = segments;
    }

    void afterSeal(AfterSeal value) {
        afterSeal = value;
    }

    /** Seals durable segments in the background. */
    synchronized void seal(List<WalSegment> durable) {
        due.addAll(durable);
        if (thread == null && !stopped && !due.isEmpty()) {
            thread = Thread.ofPlatform().daemon().name(files.name() + " janitor").start(this::run);
        }
    }

    /** Ends the thread after the segment that it is at; what is due stays for the next open. */
    void stop() {
        Thread ending;
        synchronized (this) {
            stopped = true;
            ending = thread;
        }
        boolean interrupted = false;
        while (ending != null && ending.isAlive()) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                interrupted = true; // closing cannot be given up half way
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why the last sealing failed; null = it did not. */
    MillraceException failure() {
        return failure;
    }

    /** Runs something while the janitor does nothing. */
    void exclusively(Runnable work) {
        synchronized (working) {
            work.run();
        }
    }

    /** Drops the oldest sealed segments that lie wholly before a sequence. */
    void trim(long before) {
        synchronized (working) {
            while (isDroppable() && segments.all().get(1).firstSequence() <= before) {
                dropFirst();
            }
        }
    }

    /** Drops the oldest sealed segments that are too old or too much. */
    void retain() {
        var options = files.options();
        synchronized (working) {
            while (isDroppable()
                    && (totalBytes() > options.retainBytes()
                            || age(segments.first()) > options.retainMs())) {
                dropFirst();
            }
        }
    }

    private void run() {
        for (var segment = next(); segment != null; segment = next()) {
            try {
                synchronized (working) {
                    if (!segment.isSealed()) {
                        files.seal(segment);
                    }
                    afterSeal.sealed(segment);
                }
                retain();
            } catch (MillraceException e) {
                // It stays as it is, complete and readable; the next open tries again.
                failure = e;
            }
        }
    }

    private synchronized WalSegment next() {
        var segment = stopped ? null : due.poll();
        if (segment == null) {
            thread = null;
        }
        return segment;
    }

    private boolean isDroppable() {
        return segments.all().size() > 1 && segments.first().isSealed();
    }

    private long age(WalSegment segment) {
        return files.options().nowMs() - segment.footer().sealedMs();
    }

    private long totalBytes() {
        long sum = 0;
        for (var segment : segments.all()) {
            sum += segment.storedBytes();
        }
        return sum;
    }

    /** One at a time, each durable: a crash leaves no hole. */
    private void dropFirst() {
        var first = segments.first();
        segments.removeFirst();
        files.storage().delete(first.path());
        files.storage().syncDirectory(files.directory());
        first.file().close();
    }
}
