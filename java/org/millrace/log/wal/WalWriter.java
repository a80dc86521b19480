package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.log.engine.Drainer;
import org.millrace.log.engine.Health;
import org.millrace.log.engine.Listeners;
import org.millrace.log.engine.Progress;
import org.millrace.log.engine.TailWriter;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.util.ArrayList;
import java.util.List;

/**
 * The write side of a write-ahead log: which segment is written, rotation, the zeros ahead of the
 * tail, durability marks, levels, commits.
 *
 * <p><b>Threads.</b> Any; appends are serialised by the tail's lock.
 *
 * <p><b>Durability.</b> Readers see a record after its segment's end and then {@link Progress} were
 * moved. A sync covers every segment that got bytes since the last one, oldest first.
 */
final class WalWriter implements WalCommit.Work {
    /** Largest sequence plus bytes: exact in a double. */
    private static final long SEQUENCE_MAX = (1L << 53) - 1;

    /** Puts the frames of one append into the tail; the writer has made room. */
    interface Frames {
        /** Returns the sequence of the last record. */
        long put();
    }

    final Progress progress;
    final Health health = new Health();
    final Listeners listeners = new Listeners();
    final TailWriter tail;
    final WalCommit commit;
    private final WalOptions options;
    private final Durability level;
    private final WalSegments segments;
    private final WalFiles files;
    private final Drainer drainer;
    private final WalJanitor janitor;
    private final BlockCrc crc = new BlockCrc();

    // Under the tail's lock.
    private WalSegment segment;
    private long allocatedEnd;
    private long markedSeq;

    /** Rotated away from, not known to be durable. */
    private List<WalSegment> unsynced = List.of();

    /**
     * @param since last record, durable; -1 = none
     */
    WalWriter(
            WalOptions options,
            WalSegments segments,
            WalFiles files,
            WalJanitor janitor,
            long since) {
        this.options = options;
        this.level = options.durability();
        this.segments = segments;
        this.files = files;
        this.janitor = janitor;
        this.segment = segments.last();
        this.allocatedEnd = segment.end();
        this.markedSeq = -1;
        this.progress = new Progress(level);
        progress.durable(since, segment.end());
        progress.written(since, segment.end());
        this.tail =
                new TailWriter(
                        segment.file(),
                        options.bufferBytes(),
                        this::rewind,
                        progress,
                        health,
                        since,
                        segment.end());
        this.commit =
                new WalCommit(tail, this, progress, health, listeners, options.groupWaitMicros());
        this.drainer = new Drainer(files.name(), options.writeTimeoutMs(), new Background());
    }

    /** What the background thread does. */
    private final class Background implements Drainer.Work {
        @Override
        public void write() {
            writePending();
        }

        @Override
        public void sync() {
            drain();
        }
    }

    WalSegment segment() {
        return segment;
    }

    /** Sequence that the next reserved frame will have. */
    long nextSequence() {
        return segment.sequenceAt(tail.end());
    }

    /**
     * Runs one append.
     *
     * @param bytes of its frames
     * @param waitDurable at level sync: false returns when the bytes are written
     */
    long append(long bytes, boolean waitDurable, Frames frames) {
        boolean grouped = level == Durability.SYNC && waitDurable;
        WalCommit.Round round = null;
        long seq;
        tail.lock();
        try {
            tail.begin();
            prepare(bytes + WalFrame.MARK_BYTES);
            long seqBefore = tail.committedSeq();
            long endBefore = tail.end();
            try {
                putMark();
                seq = frames.put();
                tail.commit(seq);
            } catch (RuntimeException | Error e) {
                tail.rollback(seqBefore, endBefore);
                throw e;
            }
            if (grouped) {
                round = commit.join(1);
            } else if (level != Durability.MEMORY) {
                writeOrTakeBack();
            }
        } finally {
            tail.unlock();
        }
        if (grouped) {
            commit.await(round);
        } else if (level == Durability.MEMORY) {
            drainer.writeSoon();
        } else {
            listeners.fire();
        }
        return seq;
    }

    /** Waits until everything appended before the call is durable. */
    void drain() {
        WalCommit.Round round;
        tail.lock();
        try {
            if (progress.durableSeq() >= tail.committedSeq()) {
                return;
            }
            health.check();
            round = commit.join(0);
        } finally {
            tail.unlock();
        }
        commit.await(round);
    }

    /** Starts a drain in the background and returns the sequence it will make durable. */
    long requestDrain() {
        tail.lock();
        try {
            health.check();
            if (progress.durableSeq() < tail.committedSeq()) {
                drainer.syncNow();
            }
            return tail.committedSeq();
        } finally {
            tail.unlock();
        }
    }

    /** Hands what level memory holds to the operating system. */
    void writePending() {
        tail.lock();
        try {
            if (tail.committedSeq() == progress.writtenSeq()) {
                return;
            }
            health.check();
            write();
        } catch (RuntimeException | Error e) {
            drainer.writeSoon();
            throw e;
        } finally {
            tail.unlock();
        }
        listeners.fire();
    }

    /** Last sequence readers may see; after a failed sync no more than what is durable. */
    long readableSince() {
        return health.syncFailed() ? progress.durableSeq() : progress.since();
    }

    @Override
    public void write() {
        if (level == Durability.MEMORY) {
            flush();
        } else {
            writeOrTakeBack();
        }
    }

    @Override
    public void sync() {
        List<WalSegment> older;
        StoredFile file;
        tail.lock();
        try {
            older = unsynced;
            file = tail.file();
        } finally {
            tail.unlock();
        }
        for (var each : older) {
            each.file().sync();
        }
        file.sync();
        tail.lock();
        try {
            unsynced = List.copyOf(unsynced.subList(older.size(), unsynced.size()));
        } finally {
            tail.unlock();
        }
        if (!older.isEmpty()) {
            janitor.seal(older);
        }
    }

    /** Ends the background thread, drains unless the log failed, cuts the zeros ahead. */
    void close() {
        drainer.stop();
        try {
            if (!health.isFatal()) {
                drain();
                files.cutZeros(segment);
            }
        } finally {
            tail.close();
        }
    }

    private void flush() {
        tail.writeOut();
        segment.end(tail.end());
        tail.writeAndPublish();
        tail.trim();
    }

    /** Writes and publishes; on failure nothing of what was not published stays in the tail. */
    private void writeOrTakeBack() {
        try {
            flush();
        } catch (RuntimeException | Error e) {
            tail.rollback(progress.writtenSeq(), segment.end());
            var failure =
                    e instanceof MillraceException m
                            ? m
                            : health.fail(ErrorCode.ERR_LOG_FAILED, "write failed: " + e, e);
            commit.failCurrent(failure);
            throw e;
        }
    }

    private void putMark() {
        long durable = progress.durableSeq();
        if (durable > markedSeq) {
            long sequence = nextSequence();
            int at = tail.reserve(WalFrame.MARK_BYTES);
            var memory = tail.memory();
            WalFrame.putMark(memory, at, durable, sequence, segment.salt(), crc.over(memory));
            markedSeq = durable;
        }
    }

    /** Rotates when the segment is full, and makes sure that the bytes have room. */
    private void prepare(long bytes) {
        if (tail.end() >= options.segmentBytes() && tail.end() > WalHeader.BYTES) {
            rotate();
        }
        if (nextSequence() + bytes > SEQUENCE_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FULL,
                    files.name() + ": sequences end at 2^53 - 1; nothing was appended");
        }
        long step = options.preallocateBytes();
        long end = tail.end() + bytes;
        if (step > 0 && end > allocatedEnd) {
            allocate(end, Math.max(step, end - allocatedEnd));
        }
    }

    private void allocate(long needed, long wanted) {
        try {
            tail.file().allocate(allocatedEnd, wanted);
            allocatedEnd += wanted;
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.ERR_NO_SPACE || wanted == needed - allocatedEnd) {
                throw e;
            }
            allocate(needed, needed - allocatedEnd); // the step is too much, the append may do
        }
    }

    /** Goes on in a new segment; the old one is synced with the next round, then sealed. */
    private void rotate() {
        write();
        var next = files.create(segment.header(), segment.nextSequence());
        var more = new ArrayList<>(unsynced);
        more.add(segment);
        unsynced = List.copyOf(more);
        segments.add(next);
        segment = next;
        tail.switchTo(next.file(), next.end());
        allocatedEnd = next.end();
        if (level != Durability.SYNC) {
            drainer.syncNow();
        }
    }

    /** A failed write leaves bytes behind the tail; synced, or they could come back in a crash. */
    private void rewind(StoredFile file, long end) {
        file.truncate(end);
        file.sync();
        allocatedEnd = end;
    }
}
