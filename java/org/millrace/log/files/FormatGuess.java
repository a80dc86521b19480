package org.millrace.log.files;

import org.millrace.format.BlockFormat;
import org.millrace.format.OffsetCodec;
import org.millrace.format.OffsetFrame;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.offset.OffsetScan;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Recognises the format of a log by what stands in it, because neither offset logs nor block logs
 * have a magic number: the format under which the most bytes from the start are whole frames; when
 * the start is damaged, the offset codec whose frames reach up to the end.
 *
 * <p>An empty file is an empty log of either; it is told as {@code offset-32}. Changes nothing.
 */
final class FormatGuess {
    private static final long SAMPLE_BYTES = 4 << 20;
    private static final int BLOCK_MIN = 256;
    private static final int BLOCK_MAX = 1 << 20;

    private final StoredFile file;
    private final long size;
    private LogFormat best;
    private long bestReach;

    private FormatGuess(StoredFile file) {
        this.file = file;
        this.size = file.size();
    }

    /**
     * @throws MillraceException ERR_FILE_NOT_FOUND, ERR_FILE_KIND, ERR_LOG_FORMAT
     */
    static LogFormat of(Path path, Storage storage) {
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            var guess = new FormatGuess(file);
            if (guess.size == 0) {
                return LogFormat.offset(OffsetCodec.BITS_32);
            }
            guess.tryAll(Math.min(guess.size, SAMPLE_BYTES));
            if (guess.best == null && guess.size > SAMPLE_BYTES) {
                guess.tryAll(guess.size);
            }
            if (guess.best == null) {
                guess.tryEnds();
            }
            if (guess.best == null) {
                throw guess.unknown();
            }
            return guess.best;
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_FILE_KIND && isWal(path, storage)) {
                return LogFormat.WAL;
            }
            throw e;
        }
    }

    private static boolean isWal(Path path, Storage storage) {
        return storage.list(path).stream().anyMatch(name -> name.toString().endsWith(".wal"));
    }

    private void tryAll(long sample) {
        for (var codec : OffsetCodec.values()) {
            try (var scan = new OffsetScan(file, OffsetFrame.of(codec))) {
                scan.forward(0, -1, sample);
                // One frame of the legacy framing is how a torn frame of the others begins, and
                // zeros read as empty records of it.
                boolean isProven = codec != OffsetCodec.LEGACY || beginsLegacy(scan, sample);
                if (scan.frames() > 0 && isProven) {
                    take(LogFormat.offset(codec), scan.end());
                }
            }
        }
        for (int bytes = BLOCK_MIN; bytes <= BLOCK_MAX; bytes *= 2) {
            take(LogFormat.block(bytes), blockReach(new BlockFormat(bytes), sample));
        }
    }

    /** Later ones win a draw: of block sizes the largest. */
    private void take(LogFormat format, long reach) {
        if (reach > 0 && reach >= bestReach) {
            best = format;
            bestReach = reach;
        }
    }

    private static boolean beginsLegacy(OffsetScan scan, long size) {
        long first = scan.validLengthAt(0, size);
        long second = OffsetFrame.of(OffsetCodec.LEGACY).frameLength(first);
        return first > 0 && (second == size || scan.validLengthAt(second, size) > 0);
    }

    private long blockReach(BlockFormat format, long sample) {
        int bytes = format.blockBytes();
        var block = MemorySegment.ofArray(new byte[bytes]);
        long at = 0;
        for (; at + bytes <= sample; at += bytes) {
            file.read(at, block);
            var walk = format.walk(block, 0, bytes);
            if (walk.last() < 0 || !walk.whole()) {
                break;
            }
        }
        return at;
    }

    /** The first record is damaged: the last one tells, if the codec writes where it ends. */
    private void tryEnds() {
        for (var codec : OffsetCodec.values()) {
            if (codec != OffsetCodec.LEGACY) {
                try (var scan = new OffsetScan(file, OffsetFrame.of(codec))) {
                    take(LogFormat.offset(codec), size - scan.backward(size, 0));
                }
            }
        }
    }

    private MillraceException unknown() {
        return new MillraceException(
                ErrorCode.ERR_LOG_FORMAT,
                String.format(
                        "%s: no record of a known log format in %d bytes. Nothing was changed; if"
                                + " it is a log whose only record is damaged, name the format.",
                        file.path(), size));
    }
}
