package org.millrace.log.offset;

import org.millrace.format.OffsetCheckpoint;
import org.millrace.format.OffsetFrame;
import org.millrace.log.engine.Progress;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Saves and checks the checkpoint of one offset log. Written only over what is durable; a failure
 * to write it is no failure of the log.
 *
 * <p><b>Threads.</b> {@code save}: any, one at a time. <b>Memory.</b> None between calls.
 */
final class OffsetCheckpoints {
    private static final int COPY_BYTES = 64 << 10;

    /** A crash costs walking at most about this much more than what the last drain left. */
    private static final long EVERY_BYTES = 64 << 20;

    private final Storage storage;
    private final Path path;
    private final StoredFile log;
    private final OffsetFrame frame;
    private volatile OffsetCheckpoint saved;

    OffsetCheckpoints(Storage storage, SideFiles sides, StoredFile log, OffsetFrame frame) {
        this.storage = storage;
        this.path = sides.directory().resolve("checkpoint");
        this.log = log;
        this.frame = frame;
    }

    /** The checkpoint, if the log still has that frame at that place, else null. */
    OffsetCheckpoint load() {
        try {
            var checkpoint = read();
            if (checkpoint == null
                    || checkpoint.codec() != frame.codec()
                    || checkpoint.end() > log.size()
                    || !isFrame(checkpoint.lastSeq(), checkpoint.end())
                    || checkpoint.frameCrc() != crcOf(checkpoint.lastSeq(), checkpoint.end())) {
                return null;
            }
            saved = checkpoint;
            return checkpoint;
        } catch (MillraceException e) {
            return null;
        }
    }

    /** Everything up to this sequence is covered by what was saved last. */
    long coveredSeq() {
        var last = saved;
        return last == null ? -1 : last.lastSeq();
    }

    /** Saves when the log has grown enough since the last time; a failure does no harm. */
    void saveSometimes(Progress progress, boolean strictTail) {
        if (progress.durableEnd() - (saved == null ? 0 : saved.end()) >= EVERY_BYTES) {
            saveIfPossible(progress.durableSeq(), strictTail);
        }
    }

    void saveIfPossible(long durableSeq, boolean strictTail) {
        try {
            save(durableSeq, strictTail);
        } catch (MillraceException e) {
            // Advisory: the next open walks further.
        }
    }

    /**
     * Saves, durably when the tail is strict.
     *
     * @param seq last sequence that is durable, -1 = none
     */
    synchronized void save(long seq, boolean strictTail) {
        long end = seq < 0 ? 0 : endOf(seq);
        var next = new OffsetCheckpoint(frame.codec(), end, seq, crcOf(seq, end), strictTail);
        if (next.equals(saved)) {
            return;
        }
        storage.createDirectories(path.getParent());
        var partial = path.resolveSibling("checkpoint.partial");
        try (var file = storage.open(partial, Storage.OpenMode.CREATE);
                var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(OffsetCheckpoint.BYTES);
            next.encode(bytes);
            file.write(0, bytes);
            if (strictTail) {
                file.sync();
            }
        }
        storage.move(partial, path);
        if (strictTail) {
            storage.syncDirectory(path.getParent());
        }
        saved = next;
    }

    private long endOf(long seq) {
        try (var scan = new OffsetScan(log, frame)) {
            return seq + frame.frameLength(scan.lengthNamedAt(seq, log.size()));
        }
    }

    private OffsetCheckpoint read() {
        if (!storage.exists(path)) {
            return null;
        }
        try (var file = storage.open(path, Storage.OpenMode.READ);
                var arena = Arena.ofConfined()) {
            if (file.size() != OffsetCheckpoint.BYTES) {
                return null;
            }
            var bytes = arena.allocate(OffsetCheckpoint.BYTES);
            file.read(0, bytes);
            return OffsetCheckpoint.decode(bytes);
        }
    }

    private boolean isFrame(long seq, long end) {
        if (seq == -1) {
            return end == 0;
        }
        try (var scan = new OffsetScan(log, frame)) {
            return end > 0
                    && scan.startNamedBefore(end) == seq
                    && scan.validLengthAt(seq, end) >= 0;
        }
    }

    private int crcOf(long seq, long end) {
        var crc = new CRC32C();
        if (seq < 0) {
            return 0;
        }
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(Math.min(COPY_BYTES, end - seq));
            for (long at = seq; at < end; at += copy.byteSize()) {
                var piece = copy.asSlice(0, Math.min(copy.byteSize(), end - at));
                log.read(at, piece);
                crc.update(piece.asByteBuffer());
            }
        }
        return (int) crc.getValue();
    }
}
