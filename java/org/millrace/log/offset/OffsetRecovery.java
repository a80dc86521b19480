package org.millrace.log.offset;

import org.millrace.format.OffsetCheckpoint;
import org.millrace.format.OffsetCodec;
import org.millrace.format.OffsetFrame;
import org.millrace.log.OpenReport;
import org.millrace.log.engine.Sectors;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds the end of an offset log at open: walks forward, and where that stops decides whether a
 * crash tore the tail (cut it, after copying it to quarantine) or something valid follows (damage:
 * change nothing, read-only).
 *
 * <p><b>Threads.</b> One, before anybody else sees the file.
 *
 * <p><b>Durability.</b> Idempotent: a crash at any point of it leaves a file that recovers to the
 * same end.
 */
final class OffsetRecovery {
    /** A damaged range; the next record starts behind it. */
    record Damage(long offset, long end) {
        String messageIn(Path file, long since) {
            if (since < offset) {
                return String.format(
                        "%s@%d: the record's length is damaged, or a write was torn whose bytes"
                                + " look like records: the %d bytes up to the end are neither cut"
                                + " nor read. Opened read-only. Run verify; repair keeps all that"
                                + " verify counts.",
                        file, offset, end - offset);
            }
            return String.format(
                    "%s@%d: %d bytes are damaged and valid records follow, so this is not a torn"
                            + " tail. Opened read-only; the rest stays readable. Run verify, or"
                            + " restore; truncating would lose data.",
                    file, offset, end - offset);
        }
    }

    /**
     * What was found.
     *
     * @param since last valid sequence, -1 = none
     * @param end end of that frame
     * @param durableSince last sequence known to be durable
     */
    record Found(long since, long end, long durableSince, List<Damage> damages, OpenReport report) {
        /** After a sync. */
        Found allDurable() {
            return new Found(since, end, since, damages, report);
        }
    }

    private enum Verdict {
        TORN,
        ZERO,
        CHAIN,
        DAMAGE,
        /** Torn, or damaged and good records follow: the bytes prove neither. */
        DOUBT
    }

    private final StoredFile file;
    private final OffsetOptions options;
    private final SideFiles sides;
    private final OffsetFrame frame;

    OffsetRecovery(StoredFile file, OffsetOptions options, SideFiles sides) {
        this.file = file;
        this.options = options;
        this.sides = sides;
        this.frame = OffsetFrame.of(options.codec());
    }

    /**
     * @param checkpoint where to walk from, known to be right and durable; null = from the start
     * @throws MillraceException ERR_LOG_FORMAT: another codec, or no log at all; nothing was
     *     changed
     */
    Found run(OffsetCheckpoint checkpoint) {
        long size = file.size();
        long from = checkpoint == null ? 0 : checkpoint.end();
        long durableSeq = checkpoint == null ? -1 : checkpoint.lastSeq();
        try (var scan = new OffsetScan(file, frame)) {
            boolean whole = scan.forward(from, durableSeq, size);
            long seq = scan.lastSeq();
            long end = scan.end();
            boolean strict = checkpoint != null && checkpoint.strictTail();
            if (strict && scan.findZeroSector(from, durableSeq, end)) {
                return foundCut(scan.lastSeq(), scan.end(), durableSeq, size, "zero");
            }
            if (whole) {
                return new Found(seq, end, durableSeq, List.of(), OpenReport.CLEAN);
            }
            checkCodec(end, size);
            scan.forward(end, seq, size);
            return judgeAll(scan, durableSeq, size);
        }
    }

    private Found foundCut(long seq, long end, long durableSeq, long size, String reason) {
        var report = cut(end, size, reason);
        return new Found(seq, end, report.recovered() ? seq : durableSeq, List.of(), report);
    }

    /** Passes over every damaged range that something valid follows; what is left is the tail. */
    private Found judgeAll(OffsetScan scan, long durableSince, long size) {
        var damages = new ArrayList<Damage>();
        while (true) {
            long seq = scan.lastSeq();
            long at = scan.end();
            if (at == size) {
                return damaged(seq, at, durableSince, damages, "chain");
            }
            long next = scan.backward(size, at);
            boolean tailIsWhole = scan.frames() > 0;
            var verdict = judge(scan, at, next, size);
            if (verdict == Verdict.DOUBT) {
                damages.add(new Damage(at, size));
                return damaged(seq, at, durableSince, damages, "chain");
            }
            if (verdict == Verdict.DAMAGE) {
                long resume = tailIsWhole ? next : scan.search(at + 1, size);
                damages.add(new Damage(at, resume));
                scan.forward(resume, seq, size);
                continue;
            }
            if (at == 0 && verdict == Verdict.CHAIN) {
                throw notALog(size);
            }
            String reason = verdict.name().toLowerCase(Locale.ROOT);
            if (!damages.isEmpty()) {
                return damaged(seq, at, durableSince, damages, reason);
            }
            return foundCut(seq, at, durableSince, size, reason);
        }
    }

    /**
     * Why no valid frame starts at {@code at}.
     *
     * @param next from where on valid frames reach up to the end of the file
     */
    private Verdict judge(OffsetScan scan, long at, long next, long size) {
        long length = scan.lengthNamedAt(at, size);
        if (length < 0) {
            return Verdict.TORN;
        }
        long end = at + frame.frameLength(length);
        if (end > size && length <= options.recordBytesMax()) {
            // The record is larger than what is left: a torn write. Valid frames in what is left
            // stand inside this record, put there by its author. Or the length rotted: then its
            // trailer still names its start, and frames lead from there to the end. An author can
            // imitate that too, if a crash helps at the right byte: neither cut it nor serve it.
            return scan.startNamedBefore(next) == at ? Verdict.DOUBT : Verdict.TORN;
        }
        if (isLostSector(scan, at, end, size)) {
            return Verdict.ZERO;
        }
        boolean followed = next < size || scan.search(at + 1, size) >= 0;
        return followed ? Verdict.DAMAGE : Verdict.CHAIN;
    }

    /**
     * After a power cut sectors of the unsynced tail may be missing and read as zeros: true when
     * the header or the trailer of the frame lies in one, in whole or in part.
     */
    private boolean isLostSector(OffsetScan scan, long at, long end, long size) {
        if (scan.isSectorZeroFrom(at, size)
                || scan.isZero(at, at + frame.overheadBytes(), size)
                || isZeroFromSector(scan, at, at + OffsetFrame.HEADER_BYTES, size)) {
            return true;
        }
        if (end > size) {
            return false;
        }
        long trailer = end - frame.trailerBytes();
        return scan.isZero(trailer, end, size)
                || isZeroFromSector(scan, trailer, end, size)
                || scan.isSectorZeroFrom(Math.max(sectorOf(trailer), at), size)
                || scan.isSectorZeroFrom(Math.max(sectorOf(end - 1), at), size);
    }

    /** True when a sector begins inside a field and the field is zero from there on. */
    private static boolean isZeroFromSector(OffsetScan scan, long from, long to, long size) {
        long sector = sectorOf(to - 1);
        return sector > from && scan.isZero(sector, to, size);
    }

    private static long sectorOf(long offset) {
        return offset - offset % Sectors.BYTES;
    }

    private Found damaged(
            long since, long end, long durableSince, List<Damage> damages, String reason) {
        var first = damages.get(0);
        return new Found(
                since,
                end,
                durableSince,
                List.copyOf(damages),
                OpenReport.damaged(reason, first.offset(), first.end() - first.offset()));
    }

    private OpenReport cut(long at, long size, String reason) {
        if (options.readOnly()) {
            return new OpenReport(false, -1, 0, "", reason, -1, 0);
        }
        var copy = sides.quarantine(file, at, size - at);
        file.truncate(at);
        file.sync();
        return OpenReport.cut(at, size - at, copy.toString(), reason);
    }

    /**
     * A wrong codec looks like damage at the first frame; cutting there would empty a good log.
     * Another codec that reads further than ours is the right one.
     */
    private void checkCodec(long reached, long size) {
        if (reached > 0 && options.codec() != OffsetCodec.LEGACY) {
            return;
        }
        for (var other : OffsetCodec.values()) {
            if (other == options.codec()) {
                continue;
            }
            try (var scan = new OffsetScan(file, OffsetFrame.of(other))) {
                if (other == OffsetCodec.LEGACY && !beginsLegacy(scan, size)) {
                    continue;
                }
                scan.forward(0, -1, size);
                if (scan.end() > reached) {
                    throw new MillraceException(
                            ErrorCode.ERR_LOG_FORMAT,
                            String.format(
                                    "%s@%d: written with offset codec %s, opened with %s. Nothing"
                                            + " was changed; open it with %s.",
                                    file.path(),
                                    reached,
                                    other.label(),
                                    options.codec().label(),
                                    other.label()));
                }
            }
        }
    }

    /**
     * The legacy framing proves little: a torn frame of the others begins like one, and zeros read
     * as empty records. Two records with bytes in them do not come about so.
     */
    private static boolean beginsLegacy(OffsetScan scan, long size) {
        long first = scan.validLengthAt(0, size);
        return first > 0
                && scan.validLengthAt(OffsetFrame.of(OffsetCodec.LEGACY).frameLength(first), size)
                        > 0;
    }

    private MillraceException notALog(long size) {
        return new MillraceException(
                ErrorCode.ERR_LOG_FORMAT,
                String.format(
                        "%s@0: no frame of a flumelog-offset log in %d bytes. Nothing was changed;"
                                + " it is another kind of file, or damaged from its first byte on.",
                        file.path(), size));
    }
}
