package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the bytes say where the walk of a segment stopped: whether they are damage, of which kind,
 * whether something behind them was durable, and what of the segment is still whole.
 *
 * <p><b>Threads.</b> One, at recovery. Changes nothing.
 */
final class WalDamage {
    private WalDamage() {}

    /**
     * The valid frames behind damage; there may be more damage between them.
     *
     * @param start of the first one, or the size of the file
     * @param last sequence of the last record, or of the last one before the damage
     * @param end of the last frame
     */
    record Rest(long start, long last, long end) {}

    /** Null when the next segment starts where this one ends; a seal cut short may follow. */
    static String whyNotWhole(WalSegment segment, WalTally tally, WalSegment next) {
        if (segment.sequenceAt(tally.wholeEnd()) == next.firstSequence()) {
            return null;
        }
        String reason = whyNotClean(segment, tally);
        return reason == null ? "chain" : reason;
    }

    /** Null when the walk ended where nothing was written, or at the index of a seal cut short. */
    static String whyNotClean(WalSegment segment, WalTally tally) {
        long size = segment.file().size();
        if (tally.offset() != tally.wholeEnd()) {
            return "torn";
        }
        if (tally.stop() == WalWalk.Stop.LIMIT) {
            return null;
        }
        try (var walk = new WalWalk(segment)) {
            if (tally.stop() == WalWalk.Stop.NOTHING) {
                boolean index = walk.isFrame(tally.offset(), size);
                return index || walk.endOfContent(tally.offset(), size) == tally.offset()
                        ? null
                        : "zero";
            }
            boolean header = size - tally.offset() >= WalFrame.HEADER_BYTES;
            return header && walk.fits(tally.offset(), size) ? "checksum" : "torn";
        }
    }

    /**
     * The highest sequence that a mark behind the stop says was durable, -1 = none; all of them
     * when a sealed segment follows, which was sealed after everything before it was durable.
     *
     * @param at index of the segment whose walk stopped
     */
    static long durableBehind(List<WalSegment> segments, int at, WalTally tally) {
        long highest = marksFrom(segments.get(at), tally.offset());
        for (var later : segments.subList(at + 1, segments.size())) {
            if (later.isSealed()) {
                return Long.MAX_VALUE;
            }
            highest = Math.max(highest, marksFrom(later, WalHeader.BYTES));
        }
        return highest;
    }

    private static long marksFrom(WalSegment segment, long from) {
        long[] highest = {-1};
        eachFrom(
                segment,
                from,
                (block, at, _, _) -> {
                    if ((WalFrame.flags(block, at) & WalFrame.DURABLE_MARK) != 0) {
                        highest[0] = Math.max(highest[0], WalFrame.durable(block, at));
                    }
                });
        return highest[0];
    }

    static Rest restBehind(WalSegment segment, WalTally tally) {
        long[] found = {tally.wholeSequence(), tally.wholeEnd()};
        long start =
                eachFrom(
                        segment,
                        tally.offset() + WalFrame.ALIGNMENT,
                        (block, at, offset, bytes) -> {
                            found[1] = offset + bytes;
                            if (WalFrame.isRecord(block, at)) {
                                found[0] = WalFrame.sequence(block, at);
                            }
                        });
        return new Rest(start, found[0], found[1]);
    }

    /** Sequences that are not there, although a later one was durable. */
    static MillraceException missing(String log, long from, long below) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        Locale.ROOT,
                        "%s: sequences %d to %d were durable once and are missing. Opened"
                                + " read-only; the rest stays readable. Restore the segments.",
                        log,
                        from,
                        below - 1));
    }

    /** Bytes that are damaged, although something behind them was durable. */
    static MillraceException notTorn(Path segment, long offset, long length, String reason) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        Locale.ROOT,
                        "%s@%d: %d bytes are damaged (%s) that were durable once, so this is not a"
                                + " torn tail. Opened read-only; the rest stays readable. Run"
                                + " verify, or restore; truncating would lose data.",
                        segment,
                        offset,
                        length,
                        reason));
    }

    /** Shows every valid frame from an offset on, whatever lies between; returns the first's. */
    private static long eachFrom(WalSegment segment, long from, WalWalk.Visitor visitor) {
        long size = segment.file().size();
        try (var walk = new WalWalk(segment)) {
            long first = walk.search(from, size);
            for (long at = first; at < size; ) {
                walk.run(at, size, visitor);
                at = walk.search(walk.offset() + WalFrame.ALIGNMENT, size);
            }
            return first;
        }
    }
}
