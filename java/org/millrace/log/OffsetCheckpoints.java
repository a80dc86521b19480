package org.millrace.log;

import org.millrace.format.OffsetCheckpoint;
import org.millrace.format.OffsetFrame;
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
    private long savedEnd = -1;

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
                    || !isBefore(checkpoint.lastSeq(), checkpoint.end())
                    || checkpoint.frameCrc() != crcOf(checkpoint.lastSeq(), checkpoint.end())) {
                return null;
            }
            savedEnd = checkpoint.end();
            return checkpoint;
        } catch (MillraceException e) {
            return null;
        }
    }

    /** Saves when the log has grown enough since the last time. */
    void saveSometimes(Progress progress) {
        if (progress.durableEnd() - savedEnd >= EVERY_BYTES) {
            save(progress);
        }
    }

    synchronized void save(Progress progress) {
        long seq = progress.durableSeq();
        if (seq < 0) {
            return;
        }
        try (var scan = new OffsetScan(log, frame);
                var arena = Arena.ofConfined()) {
            long end = seq + frame.frameLength(scan.lengthNamedAt(seq, progress.durableEnd()));
            if (end == savedEnd) {
                return;
            }
            var bytes = arena.allocate(OffsetCheckpoint.BYTES);
            new OffsetCheckpoint(frame.codec(), end, seq, crcOf(seq, end)).encode(bytes);
            storage.createDirectories(path.getParent());
            var partial = path.resolveSibling("checkpoint.partial");
            try (var file = storage.open(partial, Storage.OpenMode.CREATE)) {
                file.write(0, bytes);
            }
            storage.move(partial, path);
            savedEnd = end;
        } catch (MillraceException e) {
            // Advisory: the next open walks further.
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

    private boolean isBefore(long seq, long end) {
        try (var scan = new OffsetScan(log, frame)) {
            return end > 0
                    && seq >= 0
                    && scan.validLengthAt(seq, end) >= 0
                    && scan.startNamedBefore(end) == seq;
        }
    }

    private int crcOf(long seq, long end) {
        var crc = new CRC32C();
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
