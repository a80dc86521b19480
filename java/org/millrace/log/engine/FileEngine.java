package org.millrace.log.engine;

import org.millrace.log.Durability;
import org.millrace.storage.StoredFile;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The write side that every file engine shares: a tail, levels, group sync, background drain,
 * failures, listeners. An engine adds its framing and its readers.
 *
 * <p><b>Threads.</b> Any.
 */
public final class FileEngine {
    public final Progress progress;
    public final Health health = new Health();
    public final Listeners listeners = new Listeners();
    public final TailWriter tail;
    private final Durability level;
    private final GroupSync groupSync;
    private final Drainer drainer;
    private final Background background;
    private final Runnable drained;

    private volatile LongConsumer beforeDurable = seq -> {};

    /** Deletions have no sequence that could say that they are durable. */
    private volatile boolean deletionsUnsynced;

    /**
     * How an engine is set up.
     *
     * @param rewind puts the file back after a failed write
     * @param background what the background thread does when the write timeout of level memory is
     *     over
     * @param drained called after each drain, on its thread
     */
    public record Setup(
            String name,
            Durability level,
            int bufferBytes,
            long writeTimeoutMs,
            TailWriter.Rewind rewind,
            Background background,
            Runnable drained) {
        public Setup(
                String name,
                Durability level,
                int bufferBytes,
                long writeTimeoutMs,
                TailWriter.Rewind rewind) {
            this(name, level, bufferBytes, writeTimeoutMs, rewind, Background.WRITE, () -> {});
        }
    }

    public enum Background {
        /** Hands the tail to the operating system. */
        WRITE,
        /** Makes it durable, deletions too, which then start the timeout at every level. */
        DRAIN
    }

    /**
     * @param seq last sequence in the file, -1 = none
     * @param end where the next frame begins
     * @param durableSeq last sequence known to be durable
     */
    public FileEngine(Setup setup, StoredFile file, long seq, long end, long durableSeq) {
        this.level = setup.level();
        this.background = setup.background();
        this.drained = setup.drained();
        this.progress = new Progress(level);
        progress.durable(durableSeq, durableSeq == seq ? end : 0);
        progress.written(seq, end);
        this.tail =
                new TailWriter(
                        file, setup.bufferBytes(), setup.rewind(), progress, health, seq, end);
        this.groupSync = new GroupSync(this::sync, progress, health, listeners);
        this.drainer =
                new Drainer(
                        setup.name(),
                        setup.writeTimeoutMs(),
                        new Drainer.Work() {
                            @Override
                            public void write() {
                                if (background == Background.DRAIN) {
                                    drain();
                                } else {
                                    FileEngine.this.write();
                                }
                            }

                            @Override
                            public void sync() {
                                drain();
                            }
                        });
    }

    /**
     * Runs one append.
     *
     * @param frames reserves and fills the frames in the tail and returns the last sequence; when
     *     it throws, all of it is taken back
     * @param waitDurable at level sync: false returns when the bytes are written
     */
    public long append(LongSupplier frames, boolean waitDurable) {
        long seq;
        tail.lock();
        try {
            tail.begin();
            long seqBefore = tail.committedSeq();
            long endBefore = tail.end();
            try {
                seq = frames.getAsLong();
                tail.commit(seq);
                if (level != Durability.MEMORY) {
                    tail.writeAndPublish();
                }
            } catch (RuntimeException | Error e) {
                tail.rollback(seqBefore, endBefore);
                throw e;
            }
            tail.trim();
        } finally {
            tail.unlock();
        }
        if (level == Durability.MEMORY) {
            drainer.writeSoon();
        } else {
            listeners.fire();
            if (level == Durability.SYNC && waitDurable) {
                groupSync.await(seq);
            }
        }
        return seq;
    }

    /** Hands everything appended to the operating system. */
    public void write() {
        long before = progress.writtenSeq();
        tail.lock();
        try {
            if (tail.unwrittenBytes() > 0 || progress.writtenSeq() != tail.committedSeq()) {
                health.check();
                tail.writeAndPublish();
                tail.trim();
            }
        } catch (RuntimeException | Error e) {
            drainer.writeSoon();
            listeners.fire();
            throw e;
        } finally {
            tail.unlock();
        }
        if (progress.writtenSeq() != before) {
            listeners.fire();
        }
    }

    /** Waits until everything appended before the call is durable. */
    public void drain() {
        write();
        if (deletionsUnsynced) {
            deletionsUnsynced = false;
            groupSync.force();
        } else {
            groupSync.await(progress.writtenSeq());
        }
        drained.run();
    }

    /**
     * Runs {@code action} while nothing is appended, written or synced, everything before it being
     * durable; for what changes the file from within.
     */
    public void alone(Runnable action) {
        tail.lock();
        try {
            tail.begin();
            drain();
            groupSync.alone(action);
        } finally {
            tail.unlock();
        }
        listeners.fire();
    }

    /** The file ends elsewhere now, all of it durable; only inside {@link #alone}. */
    public void moveEnd(long seq, long end) {
        tail.switchTo(tail.file(), end);
        tail.commit(seq);
        progress.durable(seq, end);
        progress.written(seq, end);
    }

    /**
     * Before anybody is told that a sequence is durable, but after its sync: what else the engine
     * must make durable for it. A failure counts as a failed sync.
     */
    public void beforeDurable(LongConsumer step) {
        beforeDurable = step;
    }

    private void sync() {
        long seq = progress.writtenSeq();
        tail.file().sync();
        beforeDurable.accept(seq);
    }

    /** Starts a drain in the background and returns the sequence it will make durable. */
    public long requestDrain() {
        tail.lock();
        try {
            health.check();
            drainer.syncNow();
            return tail.committedSeq();
        } finally {
            tail.unlock();
        }
    }

    /** Last sequence readers may see; after a failed sync no more than what is durable. */
    public long readableSince() {
        return health.syncFailed() ? progress.durableSeq() : progress.since();
    }

    /** Hands to the operating system what level memory holds back, if anything. */
    public void writeIfPending() {
        if (level == Durability.MEMORY) {
            write();
        }
    }

    /** A record was changed in place; at level sync that is durable on return. */
    public void deleted() {
        if (level == Durability.SYNC) {
            groupSync.force();
        } else {
            deletionsUnsynced = true;
            if (background == Background.DRAIN) {
                drainer.writeSoon();
            }
        }
    }

    /**
     * Stops the background thread; drains unless the log failed; frees the buffer.
     *
     * @param drain false for a log that was never written to
     */
    public void close(boolean drain) {
        drainer.stop();
        try {
            if (drain && !health.isFatal()) {
                drain();
            }
        } finally {
            tail.close();
        }
    }
}
