package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.OpenReport;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Entropy;

import java.util.ArrayList;
import java.util.List;

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
                segments.add(files.create(WalHeader.of(Entropy.nextLong(), -1, 0, 0), 0));
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
                var missing = WalDamage.missing(files.name(), from, segment.firstSequence());
                damaged(missing, segment.path().toString(), 0, 0);
            }
        }
        segments.add(segment);
    }

    /** Finds the end of every segment that has no footer. */
    private void walkUnsealed() {
        long noted = notedRecord();
        for (int i = 0; i < segments.size(); i++) {
            var segment = segments.get(i);
            var next = i + 1 < segments.size() ? segments.get(i + 1) : null;
            if (segment.isSealed()) {
                since = Math.max(since, segment.footer().lastSequence());
            } else if (next != null && endsBefore(noted, segment, next)) {
                segment.end(segment.offsetOf(next.firstSequence()));
                unsealed.add(segment);
            } else {
                walk(segment, next, noted);
            }
        }
    }

    /**
     * @param next what follows the segment, null = nothing; when this one is torn, nothing does any
     *     more
     */
    private void walk(WalSegment segment, WalSegment next, long noted) {
        int at = segments.indexOf(segment);
        long from = holds(segment, noted) ? segment.offsetOf(noted) : WalHeader.BYTES;
        var tally = WalTally.from(segment, from, segment.file().size());
        long end = tally.wholeEnd();
        String reason =
                next == null
                        ? WalDamage.whyNotClean(segment, tally)
                        : WalDamage.whyNotWhole(segment, tally, next);
        if (reason == null) {
            segment.end(end);
            since = Math.max(since, tally.wholeSequence());
            if (next != null) {
                unsealed.add(segment);
            }
        } else if (durableBehind(tally, at) >= segment.sequenceAt(end)) {
            keepDamaged(segment, tally, reason);
        } else {
            cut(segment, tally, at, reason);
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

    /** The highest sequence that the note or something behind the damage says was durable. */
    private long durableBehind(WalTally tally, int at) {
        long noted = files.durableNote(segments.get(at).header().logId());
        return Math.max(noted, WalDamage.durableBehind(segments, at, tally));
    }

    /** Corruption: nothing is changed, what is valid behind it stays readable. */
    private void keepDamaged(WalSegment segment, WalTally tally, String reason) {
        var rest = WalDamage.restBehind(segment, tally);
        segment.end(rest.end());
        since = Math.max(since, rest.last());
        long damagedAt = tally.wholeEnd();
        long length = rest.start() - damagedAt;
        report = OpenReport.damaged(reason, damagedAt, length);
        damaged(
                WalDamage.notTorn(segment.path(), damagedAt, length, reason),
                segment.path().toString(),
                damagedAt,
                length);
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
            damage = WalDamage.missing(files.name(), last.nextSequence(), floor + 1);
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

    private List<WalSegment> unsealedAndLast() {
        var open = new ArrayList<>(unsealed);
        if (!segments.getLast().isSealed()) {
            open.add(segments.getLast());
        }
        return open;
    }
}
