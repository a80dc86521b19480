package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.log.engine.Progress;
import org.millrace.log.engine.WriteSide;
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
final class WalWriter extends WriteSide {
    /** Largest sequence plus bytes: exact in a double. */
    private static final long SEQUENCE_MAX = (1L << 53) - 1;

    /** Puts the frames of one append into the tail; the writer has made room. */
    interface Frames {
        /** Returns the sequence of the last record. */
        long put();
    }

    private final WalCommit commit;
    private final WalOptions options;
    private final WalSegments segments;
    private final WalFiles files;
    private final WalJanitor janitor;
    private final BlockCrc crc = new BlockCrc();

    // Under the tail's lock.
    private final WalRoom room;
    private WalSegment segment;
    private long markedSeq;

    /** Rotated away from, not known to be durable. */
    private List<WalSegment> unsynced = List.of();

    /**
     * @param since last record; -1 = none
     * @param takesAppends false for a log that is only read: what it holds is not said to be
     *     durable
     */
    WalWriter(
            WalSegments segments,
            WalFiles files,
            WalJanitor janitor,
            long since,
            boolean takesAppends) {
        var options = files.options();
        var segment = segments.last();
        var setup =
                new Setup(
                        files.name(),
                        options.durability(),
                        options.bufferBytes(),
                        options.writeTimeoutMs());
        super(
                takesAppends ? setup : setup.readOnly(),
                segment.file(),
                new Ends(since, segment.end(), takesAppends ? since : -1));
        this.options = options;
        this.segments = segments;
        this.files = files;
        this.janitor = janitor;
        this.segment = segment;
        // Zeros ahead make a sync cheaper and every other write twice as dear.
        this.room = new WalRoom(level == Durability.SYNC ? options.preallocateBytes() : 0);
        room.beginAt(segment.end());
        this.markedSeq = -1;
        this.commit =
                new WalCommit(
                        tail, new Work(), progress, health, listeners, options.groupWaitMicros());
    }

    /** What a round of the group commit does. */
    private final class Work implements WalCommit.Work {
        @Override
        public void write() {
            writeCommitted();
        }

        @Override
        public void sync() {
            syncAll();
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

    @Override
    public void drain() {
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

    @Override
    public void write() {
        tail.lock();
        try {
            if (tail.committedSeq() == progress.writtenSeq()) {
                return;
            }
            health.check();
            writeCommitted();
        } catch (RuntimeException | Error e) {
            drainer.writeSoon();
            throw e;
        } finally {
            tail.unlock();
        }
        listeners.fire();
    }

    private void writeCommitted() {
        if (level == Durability.MEMORY) {
            flush();
        } else {
            writeOrTakeBack();
        }
    }

    private void syncAll() {
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

    /**
     * Ends the background thread; drains, unless the log failed, and cuts the zeros ahead.
     *
     * @param drain false for a log that was never written to
     */
    void close(boolean drain) {
        drainer.stop();
        try {
            if (drain && !health.isFatal()) {
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
        room.reserve(tail.file(), tail.end() + bytes);
    }

    /** Goes on in a new segment; the old one is synced with the next round, then sealed. */
    private void rotate() {
        writeCommitted();
        var next = files.create(segment.header(), segment.nextSequence());
        var more = new ArrayList<>(unsynced);
        more.add(segment);
        unsynced = List.copyOf(more);
        segments.add(next);
        segment = next;
        tail.switchTo(next.file(), next.end());
        room.beginAt(next.end());
        if (level != Durability.SYNC) {
            drainer.syncNow();
        }
    }

    /** A failed write leaves bytes behind the tail; synced, or they could come back in a crash. */
    @Override
    protected void rewind(StoredFile file, long end) {
        file.truncate(end);
        file.sync();
        room.beginAt(end);
    }
}
