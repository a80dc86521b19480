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
public final class FileEngine extends WriteSide {
    private final GroupSync groupSync;
    private final Background background;
    private final TailWriter.Rewind rewind;
    private volatile Runnable afterDrain = () -> {};

    private volatile LongConsumer beforeDurable = seq -> {};

    /** Deletions have no sequence that could say that they are durable. */
    private volatile boolean deletionsUnsynced;

    public enum Background {
        /** Hands the tail to the operating system. */
        WRITE,
        /** Makes it durable, deletions too, which then start the timeout at every level. */
        DRAIN
    }

    /**
     * @param rewind puts the file back after a failed write
     * @param background what the background thread does when the write timeout of level memory is
     *     over
     */
    public FileEngine(
            Setup setup,
            StoredFile file,
            Ends at,
            TailWriter.Rewind rewind,
            Background background) {
        super(setup, file, at);
        this.rewind = rewind;
        this.background = background;
        this.groupSync = new GroupSync(this::sync, progress, health, listeners);
    }

    @Override
    protected void rewind(StoredFile file, long end) {
        rewind.to(file, end);
    }

    @Override
    protected void writeInBackground() {
        if (background == Background.DRAIN) {
            drain();
        } else {
            write();
        }
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

    @Override
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

    @Override
    public void drain() {
        write();
        if (deletionsUnsynced) {
            deletionsUnsynced = false;
            groupSync.force();
        } else {
            groupSync.await(progress.writtenSeq());
        }
        afterDrain.run();
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

    /** Called after each drain, on its thread. */
    public void afterDrain(Runnable step) {
        afterDrain = step;
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
