package org.millrace.log.offset;

import org.millrace.format.BlockCrc;
import org.millrace.format.OffsetFrame;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.log.maintenance.WorkProgress;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Verifies an offset log: walks every frame from the file's start, whatever a checkpoint says,
 * counts, and names each range that is no frame, with the next record behind it.
 *
 * <p>Where the walk stops, the broken frame itself says best where the next one begins: its header,
 * or the trailer in front of a frame. A search for the next valid frame comes last, because a
 * payload may hold what looks like one.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns a block; close it. Changes nothing.
 */
final class OffsetExam implements AutoCloseable {
    private static final int BLOCK_BYTES = 256 << 10;

    /** Longer lengths are no record's; {@link OffsetOptions#recordBytesMax}. */
    private static final long RECORD_BYTES_MAX = 16 << 20;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment block = arena.allocate(BLOCK_BYTES, 8);
    private final StoredFile file;
    private final OffsetFrame frame;
    private final OffsetScan scan;
    private final OffsetChecksumReader checksums;
    private final OffsetSuspects suspects = new OffsetSuspects();
    private final BlockCrc crc = new BlockCrc();
    private final WorkProgress progress;
    private final List<DamagedRange> damages = new ArrayList<>();
    private long records;
    private long deleted;
    private long recordBytes;
    private long since = -1;

    /** Start of the valid frames that reach up to the file's end; -1 = not looked for yet. */
    private long lastChain = -1;

    /**
     * @param checksums what the records are compared with, closed by this
     */
    OffsetExam(
            StoredFile file,
            OffsetFrame frame,
            OffsetChecksumReader checksums,
            WorkProgress progress) {
        this.file = file;
        this.frame = frame;
        this.scan = new OffsetScan(file, frame);
        this.checksums = checksums;
        this.progress = progress;
    }

    /**
     * @throws MillraceException ERR_LOG_FORMAT: there is no frame in it at all
     */
    VerifyReport run() {
        long size = file.size();
        long at = 0;
        while (at < size) {
            at = walk(at, size);
            if (at < size) {
                var range = damageAt(at, size);
                damages.add(range);
                at = range.end();
            }
        }
        progress.at(size, size);
        accuse();
        if (since < 0 && size > 0 && damages.getFirst().reason().equals("chain")) {
            throw notALog(size);
        }
        return new VerifyReport(
                file.path().toString(),
                LogFormat.offset(frame.codec()),
                size,
                records,
                deleted,
                recordBytes,
                since,
                List.copyOf(damages));
    }

    /** Counts valid frames; where they stop. */
    private long walk(long from, long size) {
        long at = from;
        while (at < size) {
            progress.at(at, size);
            int filled = (int) Math.min(BLOCK_BYTES, size - at);
            file.read(at, block.asSlice(0, filled));
            long passed = walkBlock(at, filled);
            if (passed == 0) {
                long length = scan.validLengthAt(at, size);
                if (length < 0) {
                    return at;
                }
                boolean isDeleted = isZero(at + OffsetFrame.HEADER_BYTES, length);
                if (!isDeleted && checksums.find(at)) {
                    compare(at, length, largeCrc(at, length));
                }
                count(at, length, isDeleted);
                passed = frame.frameLength(length);
            }
            at += passed;
        }
        return at;
    }

    private long walkBlock(long base, int filled) {
        crc.over(block);
        long at = 0;
        long length = frame.checkAt(block, 0, filled, base);
        while (length >= 0) {
            long record = at + OffsetFrame.HEADER_BYTES;
            boolean isDeleted = OffsetFrame.isDeleted(block, record, length);
            if (!isDeleted && checksums.find(base + at)) {
                compare(base + at, length, crc.of(record, length));
            }
            count(base + at, length, isDeleted);
            at += frame.frameLength(length);
            length = frame.checkAt(block, at, filled, base + at);
        }
        return at;
    }

    private int largeCrc(long seq, long length) {
        return OffsetChecksums.crcOf(file, seq + OffsetFrame.HEADER_BYTES, length);
    }

    /** Notes whether a record's bytes are what they were when their checksum was taken. */
    private void compare(long seq, long length, int actual) {
        if (actual == checksums.crc()) {
            suspects.isSame();
        } else {
            long bytes = frame.frameLength(length);
            suspects.differs(
                    new DamagedRange(file.path().toString(), seq, bytes, "checksum", false));
        }
    }

    /** Takes the records that turned out to be damaged out of what was counted. */
    private void accuse() {
        boolean endsThere = since >= 0 && checksums.endsWith(since) && damages.isEmpty();
        for (var damage : suspects.atEnd(endsThere)) {
            damages.add(damage);
            records--;
            recordBytes -= damage.length() - frame.overheadBytes();
        }
        damages.sort(Comparator.comparingLong(DamagedRange::offset));
    }

    private void count(long seq, long length, boolean isDeleted) {
        since = seq;
        if (isDeleted) {
            deleted++;
        } else {
            records++;
            recordBytes += length;
        }
    }

    /** Whether a record larger than the block is deleted. */
    private boolean isZero(long offset, long length) {
        for (long at = 0; at < length; at += BLOCK_BYTES) {
            var piece = block.asSlice(0, Math.min(BLOCK_BYTES, length - at));
            file.read(offset + at, piece);
            if (!OffsetFrame.isDeleted(piece, 0, piece.byteSize())) {
                return false;
            }
        }
        return length > 0;
    }

    /** What is wrong with the bytes at {@code at}, where a frame should begin. */
    private DamagedRange damageAt(long at, long size) {
        long named = scan.lengthNamedAt(at, size);
        if (named < 0) {
            return range(at, size, "torn", size);
        }
        boolean isZero = scan.isSectorZeroFrom(at, size);
        String framing = isZero ? "zero" : DamagedRange.FRAMING;
        long end = at + frame.frameLength(named);
        if (end < size && scan.validLengthAt(end, size) >= 0) {
            return range(at, nearest(at, end), framing, size);
        }
        long chain = lastChain(at, size);
        if (scan.startNamedBefore(chain) == at) {
            return range(at, chain, framing, size);
        }
        if (end > size && named <= RECORD_BYTES_MAX) {
            return range(at, size, "torn", size);
        }
        long next = search(at, size);
        boolean isFramed = next < size && scan.startNamedBefore(next) == at;
        String other = isZero ? "zero" : "chain";
        return range(at, next, isFramed ? framing : other, size);
    }

    /**
     * The header names a record boundary; but a flipped bit may have made it name a later one. A
     * nearer one is right when its trailer names the frame and whole frames lead on from there,
     * which a payload cannot imitate: the broken trailer would be the last of them.
     */
    private long nearest(long at, long named) {
        for (long next = at + frame.overheadBytes(); next < named; next++) {
            if (scan.startNamedBefore(next) == at && scan.forward(next, at, named)) {
                return next;
            }
        }
        return named;
    }

    private long lastChain(long floor, long size) {
        if (lastChain < 0) {
            lastChain = scan.backward(size, floor);
        }
        return lastChain;
    }

    /**
     * The next frame that a second one or the file's end proves; {@code size} when there is none.
     */
    private long search(long at, long size) {
        // No frame is shorter than its overhead, so none begins before this.
        long next = scan.search(at + frame.overheadBytes(), size);
        while (next >= 0) {
            progress.at(next, size);
            long end = next + frame.frameLength(scan.validLengthAt(next, size));
            if (end == size
                    || scan.startNamedBefore(next) == at
                    || scan.validLengthAt(end, size) >= 0) {
                return next;
            }
            next = scan.search(next + 1, size);
        }
        return size;
    }

    private DamagedRange range(long from, long to, String reason, long size) {
        String name = file.path().toString();
        return new DamagedRange(name, from, to - from, reason, to == size);
    }

    private MillraceException notALog(long size) {
        return new MillraceException(
                ErrorCode.ERR_LOG_FORMAT,
                String.format(
                        "%s: no frame with offset codec %s in %d bytes. Nothing was changed; it is"
                                + " another kind of file, or another format: name it.",
                        file.path(), frame.codec().label(), size));
    }

    @Override
    public void close() {
        scan.close();
        checksums.close();
        arena.close();
    }
}
