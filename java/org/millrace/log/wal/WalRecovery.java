package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.OpenReport;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Opens the segments of a write-ahead log and finds its end. Sealed segments are trusted by their
 * footer; the others are walked. Where the walk meets bytes that are no frame, the highest sequence
 * that anything says was durable decides: damage below it is corruption (nothing is changed, the
 * log is read-only), above it a crash tore the tail (the rest goes to quarantine and is cut, also
 * where valid frames follow, because what comes back must be a prefix).
 *
 * <p><b>Threads.</b> One, before anybody else sees the log.
 *
 * <p><b>Durability.</b> Idempotent: after a crash in the middle the next open ends at the same
 * place.
 */
final class WalRecovery {
    /**
     * What was found.
     *
     * @param since last record, -1 = none
     * @param unsealed full segments without a footer
     * @param damage why the log takes no appends; null = it does
     */
    record Found(
            List<WalSegment> segments,
            long since,
            List<WalSegment> unsealed,
            OpenReport report,
            MillraceException damage) {}

    private final WalFiles files;
    private final List<WalSegment> segments = new ArrayList<>();
    private final List<WalSegment> unsealed = new ArrayList<>();
    private long since = -1;
    private OpenReport report = OpenReport.CLEAN;
    private MillraceException damage;

    WalRecovery(WalFiles files) {
        this.files = files;
    }

    /**
     * Opens the log.
     *
     * @throws MillraceException ERR_LOG_FORMAT, ERR_LOG_VERSION, ERR_FILE_NOT_FOUND (read-only and
     *     no log there); nothing was changed
     */
    Found run() {
        boolean writable = !files.options().readOnly();
        try {
            if (writable) {
                files.deleteUnfinished();
            }
            openAll();
            if (segments.isEmpty()) {
                segments.add(
                        files.create(WalHeader.of(new SecureRandom().nextLong(), -1, 0, 0), 0));
            }
            walkUnsealed();
            checkFloor();
            if (writable && damage == null) {
                addTail();
                files.cutZeros(segments.getLast());
                files.syncAll(unsealedAndLast());
            }
            return new Found(segments, since, unsealed, report, damage);
        } catch (RuntimeException | Error e) {
            segments.forEach(segment -> segment.file().close());
            throw e;
        }
    }

    /** The last segment takes appends; a sealed one cannot. */
    private void addTail() {
        var last = segments.getLast();
        if (last.isSealed()) {
            segments.add(files.create(last.header(), last.nextSequence()));
        }
    }

    private void openAll() {
        var paths = files.list();
        if (paths.isEmpty() && files.options().readOnly()) {
            throw new MillraceException(
                    ErrorCode.ERR_FILE_NOT_FOUND, files.name() + ": no write-ahead log there");
        }
        for (var path : paths) {
            try {
                add(files.open(path));
            } catch (MillraceException e) {
                if (e.code() != ErrorCode.ERR_LOG_CORRUPT) {
                    throw e;
                }
                damaged(e, path.toString(), 0, WalHeader.BYTES);
            }
        }
        if (segments.isEmpty() && damage != null) {
            throw damage; // no header that could tell anything
        }
    }

    private void add(WalSegment segment) {
        if (!segments.isEmpty()) {
            var before = segments.getLast();
            if (segment.header().logId() != before.header().logId()) {
                segment.file().close();
                throw new MillraceException(
                        ErrorCode.ERR_LOG_FORMAT,
                        segment.path()
                                + ": a segment of another log. Nothing was changed; take it out of"
                                + " the directory.");
            }
            boolean gap = before.isSealed() && before.nextSequence() != segment.firstSequence();
            if (gap || segment.header().segmentNumber() != before.header().segmentNumber() + 1) {
                long from = before.nextSequence();
                damaged(missing(from, segment.firstSequence()), segment.path().toString(), 0, 0);
            }
        }
        segments.add(segment);
    }

    /** Finds the end of every segment that has no footer. */
    private void walkUnsealed() {
        long noted = notedRecord();
        for (int i = 0; i < segments.size(); i++) {
            var segment = segments.get(i);
            if (segment.isSealed()) {
                since = Math.max(since, segment.footer().lastSequence());
                continue;
            }
            boolean last = i == segments.size() - 1;
            if (!last && endsBefore(noted, segment, segments.get(i + 1))) {
                segment.end(segment.offsetOf(segments.get(i + 1).firstSequence()));
                unsealed.add(segment);
                continue;
            }
            long from = holds(segment, noted) ? segment.offsetOf(noted) : WalHeader.BYTES;
            var tally = WalTally.from(segment, from, segment.file().size());
            long end = tally.wholeEnd();
            String reason =
                    last
                            ? whyNotClean(segment, tally)
                            : whyNotWhole(segment, tally, segments.get(i + 1));
            if (reason == null) {
                segment.end(end);
                since = Math.max(since, tally.wholeSequence());
                if (!last) {
                    unsealed.add(segment);
                }
            } else if (floorBehind(segment, tally, i) >= segment.sequenceAt(end)) {
                keepDamaged(segment, tally, i, reason);
            } else {
                cut(segment, tally, i, reason);
                return;
            }
        }
    }

    /**
     * The last record that the log was closed with, if it stands there, else -1. What is before it
     * was durable and is checked when it is read, like a sealed segment.
     */
    private long notedRecord() {
        if (segments.isEmpty()) {
            return -1;
        }
        long note = files.durableNote(segments.getLast().header().logId());
        for (var segment : segments) {
            if (!holds(segment, note)) {
                continue;
            }
            try (var walk = new WalWalk(segment)) {
                boolean there = walk.isFrame(segment.offsetOf(note), segment.file().size());
                int flags = there ? WalFrame.flags(walk.block(), 0) : 0;
                return there && (flags & WalFrame.BATCH_GOES_ON) == 0 ? note : -1;
            }
        }
        return -1;
    }

    /** True when the record of this sequence stands in the segment, if anywhere. */
    private boolean holds(WalSegment segment, long sequence) {
        int next = segments.indexOf(segment) + 1;
        return sequence >= segment.firstSequence()
                && !segment.isCompacted()
                && (next == segments.size() || sequence < segments.get(next).firstSequence());
    }

    /** True when all of a full segment is before a record that was durable. */
    private static boolean endsBefore(long noted, WalSegment segment, WalSegment next) {
        return noted >= next.firstSequence()
                && !segment.isCompacted()
                && segment.file().size() >= segment.offsetOf(next.firstSequence());
    }

    /** Null when the next segment starts where this one ends; a seal cut short may follow. */
    private static String whyNotWhole(WalSegment segment, WalTally tally, WalSegment next) {
        if (segment.sequenceAt(tally.wholeEnd()) == next.firstSequence()) {
            return null;
        }
        String reason = whyNotClean(segment, tally);
        return reason == null ? "chain" : reason;
    }

    /** Null when the walk ended where nothing was written, or at the index of a seal cut short. */
    private static String whyNotClean(WalSegment segment, WalTally tally) {
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

    /** The highest sequence that something behind the damage says was durable; -1 = nothing. */
    private long floorBehind(WalSegment segment, WalTally tally, int at) {
        long floor = files.durableNote(segment.header().logId());
        long size = segment.file().size();
        long[] highest = {floor};
        for (int i = at; i < segments.size(); i++) {
            var each = segments.get(i);
            if (i > at && each.isSealed()) {
                return Long.MAX_VALUE; // sealed after everything before it was durable
            }
            long from = i == at ? tally.offset() : WalHeader.BYTES;
            size = each.file().size();
            try (var walk = new WalWalk(each)) {
                while (from < size) {
                    walk.run(
                            from,
                            size,
                            (block, place, _, _) -> {
                                if ((WalFrame.flags(block, place) & WalFrame.DURABLE_MARK) != 0) {
                                    highest[0] =
                                            Math.max(highest[0], WalFrame.durable(block, place));
                                }
                            });
                    from = walk.search(walk.offset() + WalFrame.ALIGNMENT, size);
                }
            }
        }
        return highest[0];
    }

    /** Corruption: nothing is changed, what is valid behind it stays readable. */
    private void keepDamaged(WalSegment segment, WalTally tally, int at, String reason) {
        long size = segment.file().size();
        long end = tally.wholeEnd();
        long last = tally.wholeSequence();
        long resume = size;
        try (var walk = new WalWalk(segment)) {
            long from = walk.search(tally.offset() + WalFrame.ALIGNMENT, size);
            resume = from;
            while (from < size) {
                long[] seen = {last, end};
                walk.run(
                        from,
                        size,
                        (block, place, offset, bytes) -> {
                            seen[1] = offset + bytes;
                            if (WalFrame.isRecord(block, place)) {
                                seen[0] = WalFrame.sequence(block, place);
                            }
                        });
                last = seen[0];
                end = seen[1];
                from = walk.search(walk.offset() + WalFrame.ALIGNMENT, size);
            }
        }
        segment.end(end);
        since = Math.max(since, last);
        long damagedAt = tally.wholeEnd();
        report = OpenReport.damaged(reason, damagedAt, resume - damagedAt);
        damaged(
                new MillraceException(
                        ErrorCode.ERR_LOG_CORRUPT,
                        String.format(
                                Locale.ROOT,
                                "%s@%d: %d bytes are damaged (%s) that were durable once, so this"
                                        + " is not a torn tail. Opened read-only; the rest stays"
                                        + " readable. Run verify, or restore; truncating would lose"
                                        + " data.",
                                segment.path(),
                                damagedAt,
                                resume - damagedAt,
                                reason)),
                segment.path().toString(),
                damagedAt,
                resume - damagedAt);
    }

    /** A torn tail: quarantine, then cut; later segments go too, newest first. */
    private void cut(WalSegment segment, WalTally tally, int at, String reason) {
        long end = tally.wholeEnd();
        segment.end(end);
        since = Math.max(since, tally.wholeSequence());
        long content;
        try (var walk = new WalWalk(segment)) {
            long size = segment.file().size();
            long written = walk.endOfContent(end, size);
            content = Math.min(size, written + WalFrame.ALIGNMENT - 1 & -WalFrame.ALIGNMENT);
        }
        var later = segments.subList(at + 1, segments.size());
        long bytes = content - end;
        for (var each : later) {
            bytes += each.file().size();
        }
        String copy = "";
        if (!files.options().readOnly()) {
            var sides = SideFiles.within(files.storage(), files.directory());
            copy = sides.quarantine(segment.file(), end, content - end).toString();
            for (int i = later.size() - 1; i >= 0; i--) {
                quarantine(later.get(i));
            }
            segment.file().truncate(end);
            segment.file().sync();
        }
        later.clear();
        boolean writable = !files.options().readOnly();
        report =
                writable
                        ? OpenReport.cut(end, bytes, copy, reason)
                        : OpenReport.damaged(reason, end, bytes);
    }

    private void quarantine(WalSegment segment) {
        var folder = files.directory().resolve("quarantine");
        segment.file().close();
        files.storage().move(segment.path(), folder.resolve(segment.path().getFileName()));
        files.storage().syncDirectory(folder);
        files.storage().syncDirectory(files.directory());
    }

    /** A log that ends before what was durable has lost something, however clean its end looks. */
    private void checkFloor() {
        var last = segments.getLast();
        long floor = files.durableNote(last.header().logId());
        if (floor >= last.nextSequence() && damage == null) {
            report = OpenReport.damaged("chain", last.end(), 0);
            damage = missing(last.nextSequence(), floor + 1);
        }
    }

    private void damaged(MillraceException why, String file, long offset, long bytes) {
        if (damage == null) {
            damage = why;
            if (report == OpenReport.CLEAN) {
                report = OpenReport.damaged("chain", offset, bytes);
            }
        }
    }

    private MillraceException missing(long from, long below) {
        return new MillraceException(
                ErrorCode.ERR_LOG_CORRUPT,
                String.format(
                        Locale.ROOT,
                        "%s: sequences %d to %d were durable once and are missing. Opened"
                                + " read-only; the rest stays readable. Restore the segments.",
                        files.name(),
                        from,
                        below - 1));
    }

    private List<WalSegment> unsealedAndLast() {
        var open = new ArrayList<>(unsealed);
        if (!segments.getLast().isSealed()) {
            open.add(segments.getLast());
        }
        return open;
    }
}
