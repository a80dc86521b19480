package org.millrace.log.engine;

import org.millrace.log.Durability;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

/**
 * The write side of a log with a file, as its face and its readers see it: how far the log is, what
 * failed, who listens, the tail. How an append becomes durable is the subclass's.
 *
 * <p><b>Threads.</b> Any.
 */
public abstract class WriteSide {
    public final Progress progress;
    public final Health health = new Health();
    public final Listeners listeners = new Listeners();
    public final TailWriter tail;
    protected final Durability level;
    protected final Drainer drainer;

    /** How a write side is set up. */
    public record Setup(String name, Durability level, int bufferBytes, long writeTimeoutMs) {
        /** Of a log that is only read: readers see what is written, nothing is gathered. */
        public Setup readOnly() {
            return new Setup(name, Durability.OS, Long.BYTES, writeTimeoutMs);
        }
    }

    /**
     * @param at where the log ends
     */
    protected WriteSide(Setup setup, StoredFile file, Ends at) {
        this.level = setup.level();
        this.progress = new Progress(level);
        progress.durable(at.durableSeq(), at.durableSeq() == at.seq() ? at.end() : 0);
        progress.written(at.seq(), at.end());
        this.tail =
                new TailWriter(
                        file,
                        setup.bufferBytes(),
                        rewinder(),
                        progress,
                        health,
                        at.seq(),
                        at.end());
        this.drainer = new Drainer(setup.name(), setup.writeTimeoutMs(), work());
    }

    /**
     * Where a log ends when it is opened.
     *
     * @param seq last sequence in the file, -1 = none
     * @param end where the next frame begins
     * @param durableSeq last sequence known to be durable
     */
    public record Ends(long seq, long end, long durableSeq) {}

    private TailWriter.Rewind rewinder() {
        return new TailWriter.Rewind() {
            @Override
            public void to(StoredFile file, long end) {
                rewind(file, end);
            }
        };
    }

    private Drainer.Work work() {
        return new Drainer.Work() {
            @Override
            public void write() {
                writeInBackground();
            }

            @Override
            public void sync() {
                try {
                    drain();
                } catch (MillraceException e) {
                    listeners.fire(); // whoever asked for it waits for what they tell
                    throw e;
                }
            }
        };
    }

    /** Hands everything appended to the operating system. */
    public abstract void write();

    /** Waits until everything appended before the call is durable. */
    public abstract void drain();

    /** Puts the file back to {@code end} after a failed write. */
    protected abstract void rewind(StoredFile file, long end);

    /** What the background thread does when the write timeout of level memory is over. */
    protected void writeInBackground() {
        write();
    }

    /** Starts a drain in the background and returns the sequence it will make durable. */
    public final long requestDrain() {
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
    public final long readableSince() {
        return health.syncFailed() ? progress.durableSeq() : progress.since();
    }

    /** Hands to the operating system what level memory holds back, if anything. */
    public final void writeIfPending() {
        if (level == Durability.MEMORY) {
            write();
        }
    }
}
