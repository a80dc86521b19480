package org.millrace.log.offset;

import org.millrace.format.OffsetFrame;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Repairs an offset log in place, so that no sequence moves: a record whose framing is broken gets
 * it anew, any other damaged range becomes one deleted record, a broken tail is cut.
 *
 * <p><b>Threads.</b> One, holding the writer lock.
 *
 * <p><b>Durability.</b> A range is in quarantine, durably, before it is changed. A kill leaves it
 * damaged or repaired; repairing again ends the same.
 */
final class OffsetMend {
    private static final int ZERO_BYTES = 1 << 20;

    /** Longest deleted record written over a range; longer ranges become several. */
    private static final long FILL_BYTES_MAX = 1L << 30;

    private final StoredFile file;
    private final OffsetFrame frame;
    private final SideFiles sides;
    private final List<String> quarantine = new ArrayList<>();
    private long restored;
    private long removed;
    private long removedBytes;

    OffsetMend(StoredFile file, OffsetFrame frame, SideFiles sides) {
        this.file = file;
        this.frame = frame;
        this.sides = sides;
    }

    void mend(DamagedRange range) {
        quarantine.add(sides.quarantine(file, range.offset(), range.length()).toString());
        if (range.reason().equals(DamagedRange.FRAMING)) {
            putFraming(range.offset(), range.length());
            file.sync();
            restored++;
        } else if (range.isTail()) {
            file.truncate(range.offset());
            file.sync();
            removed++;
            removedBytes += range.length();
        } else {
            fill(range.offset(), range.length());
            removed++;
            removedBytes += range.length();
        }
    }

    RepairReport report(VerifyReport before, VerifyReport after) {
        return new RepairReport(
                true, restored, removed, removedBytes, List.copyOf(quarantine), before, after);
    }

    private void fill(long offset, long length) {
        long at = offset;
        for (long left = length; left > 0; ) {
            // What stays must have room for a frame of its own.
            long part = left <= FILL_BYTES_MAX ? left : Math.min(FILL_BYTES_MAX, left / 2);
            fillOne(at, part);
            at += part;
            left -= part;
        }
    }

    /**
     * The zeros first, then what makes them a frame: a kill in between leaves a damaged range, not
     * a record of old bytes. The header stays until then, lest the place looks like a lost sector.
     */
    private void fillOne(long offset, long length) {
        long from = offset + OffsetFrame.HEADER_BYTES;
        long to = offset + length - frame.trailerBytes();
        try (var arena = Arena.ofConfined()) {
            var zeros = arena.allocate(Math.clamp(to - from, 1, ZERO_BYTES), 8);
            for (long at = from; at < to; at += zeros.byteSize()) {
                file.write(at, zeros.asSlice(0, Math.min(zeros.byteSize(), to - at)));
            }
        }
        file.sync();
        putFraming(offset, length);
        file.sync();
    }

    private void putFraming(long offset, long length) {
        int record = (int) (length - frame.overheadBytes());
        var header = MemorySegment.ofArray(new byte[OffsetFrame.HEADER_BYTES]);
        var trailer = MemorySegment.ofArray(new byte[frame.trailerBytes()]);
        frame.putHeader(header, 0, record);
        frame.putTrailer(trailer, 0, record, offset + length);
        file.write(offset + length - frame.trailerBytes(), trailer);
        file.write(offset, header);
    }
}
