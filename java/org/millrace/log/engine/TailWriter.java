package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The growing end of a file: an off-heap buffer that gathers frames, and one large write.
 *
 * <p>An engine appends so, holding {@link #lock}: {@link #begin}; per frame {@link #reserve} and
 * fill {@link #memory}; then {@link #commit}, or {@link #rollback} after any failure. What is not
 * committed is never published; bytes of it that reached the file are cut off again.
 *
 * <p><b>Threads.</b> All but {@code lock} only under the lock.
 *
 * <p><b>Memory.</b> Owns the buffer; it grows for one large frame and shrinks again afterwards.
 *
 * <p><b>Errors.</b> A failed write is rewound. ERR_NO_SPACE leaves the log healthy: what was
 * committed but not written (level memory) stays in the buffer and is tried again. Every other
 * failure, or one of the rewind, fails the log.
 */
public final class TailWriter implements AutoCloseable {
    /** Puts the file back to {@code end} after a failed write; truncation, for most formats. */
    public interface Rewind {
        void to(StoredFile file, long end);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Progress progress;
    private final Health health;
    private final Rewind rewind;
    private final int bufferBytes;
    private StoredFile file;
    private Arena arena;
    private MemorySegment memory;

    /** File offset of the buffer's first byte; all before it is written. */
    private long bufferOffset;

    private int fill;
    private long committedSeq;
    private long committedEnd;

    /**
     * @param bufferBytes gathered before a write, unless a commit writes earlier
     * @param seq last sequence in the file, -1 = none
     * @param end where the next frame begins
     */
    public TailWriter(
            StoredFile file,
            int bufferBytes,
            Rewind rewind,
            Progress progress,
            Health health,
            long seq,
            long end) {
        this.file = file;
        this.bufferBytes = bufferBytes;
        this.rewind = rewind;
        this.progress = progress;
        this.health = health;
        this.arena = Arena.ofShared();
        this.memory = arena.allocate(bufferBytes, 8);
        this.bufferOffset = end;
        this.committedSeq = seq;
        this.committedEnd = end;
    }

    public void lock() {
        lock.lock();
    }

    public void unlock() {
        lock.unlock();
    }

    /** Starts an append: throws when the log takes none. */
    public void begin() {
        health.check();
    }

    /** File offset where the next reserved byte will stand. */
    public long end() {
        return bufferOffset + fill;
    }

    /** Sequence of the last committed append, written or not; -1 = none. */
    public long committedSeq() {
        return committedSeq;
    }

    /** Bytes that no write has taken yet. */
    public int unwrittenBytes() {
        return fill;
    }

    /** The buffer; ask again after each {@link #reserve}. */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Makes room for the next bytes of the file, writing earlier ones out when the buffer is full.
     *
     * @return where in {@link #memory} they go
     */
    public int reserve(int bytes) {
        int at = fill;
        if (bytes <= memory.byteSize() - at) {
            fill = at + bytes;
            return at;
        }
        writeOut();
        if (bytes > memory.byteSize()) {
            replaceBuffer(bytes);
        }
        fill = bytes;
        return 0;
    }

    /** Accepts everything reserved since {@link #begin}; {@code seq} is the last of it. */
    public void commit(long seq) {
        committedSeq = seq;
        committedEnd = end();
    }

    /**
     * Hands every byte to the operating system, without publishing: a part of a large append may be
     * among them.
     */
    public void writeOut() {
        if (fill == 0) {
            return;
        }
        try {
            file.write(bufferOffset, memory.asSlice(0, fill));
        } catch (RuntimeException | Error e) {
            rewind(bufferOffset, e);
            throw failed(e);
        }
        bufferOffset += fill;
        fill = 0;
    }

    /** Writes what is committed and lets readers see it. Nothing uncommitted may be reserved. */
    public void writeAndPublish() {
        writeOut();
        health.passing(null);
        if (committedSeq != progress.writtenSeq()) {
            progress.written(committedSeq, committedEnd);
        }
    }

    /**
     * Takes back an append that failed: {@code seq} and {@code end} are those of before it.
     * Everything committed before stays.
     */
    public void rollback(long seq, long end) {
        if (bufferOffset > end) {
            rewind(end, null);
            bufferOffset = end;
            fill = 0;
        } else {
            fill = (int) (end - bufferOffset);
        }
        committedSeq = seq;
        committedEnd = end;
        if (fill == 0) {
            health.passing(null); // refused to its appender; nothing is left to be tried again
        }
        if (memory.byteSize() > bufferBytes && fill == 0) {
            replaceBuffer(bufferBytes);
        }
    }

    /** Gives back the room of a large frame; after a write. */
    public void trim() {
        if (memory.byteSize() > bufferBytes && fill == 0) {
            replaceBuffer(bufferBytes);
        }
    }

    /** Goes on in another file, for engines of many; everything must be written. */
    public void switchTo(StoredFile next, long end) {
        if (fill != 0) {
            throw new IllegalStateException(fill + " bytes are not written");
        }
        file = next;
        bufferOffset = end;
        committedEnd = end;
    }

    public StoredFile file() {
        return file;
    }

    /** Frees the buffer; what is in it is lost. */
    @Override
    public void close() {
        arena.close();
    }

    private void rewind(long end, Throwable because) {
        try {
            rewind.to(file, end);
        } catch (RuntimeException | Error e) {
            if (because != null) {
                e.addSuppressed(because);
            }
            throw health.fail(
                    ErrorCode.ERR_LOG_FAILED,
                    String.format(
                            "%s@%d: a write failed and cutting its bytes off failed too: %s."
                                + " Nothing acknowledged is lost; reopen the log, which checks its"
                                + " tail.",
                            file.path(), end, e.getMessage()),
                    e);
        }
    }

    private RuntimeException failed(Throwable e) {
        if (e instanceof MillraceException m && m.code() == ErrorCode.ERR_NO_SPACE) {
            health.passing(m);
            return m;
        }
        return health.fail(
                ErrorCode.ERR_LOG_FAILED,
                String.format(
                        "%s@%d: a write failed: %s. It was taken back and not acknowledged; reopen"
                                + " the log.",
                        file.path(), bufferOffset, e.getMessage()),
                e);
    }

    private void replaceBuffer(int bytes) {
        var larger = Arena.ofShared();
        memory = larger.allocate(bytes, 8);
        arena.close();
        arena = larger;
    }
}
