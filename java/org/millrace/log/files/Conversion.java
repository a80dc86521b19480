package org.millrace.log.files;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.maintenance.LiveRecords;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * Copies the records of a log that are not deleted into a new log of another format.
 *
 * <p>It grows at {@code <dir>/millrace/<name>/converting/<name>} and gets its name when every
 * record was read back and compared. What a kill left there is compared with the source and gone on
 * from: a log is a prefix of what was appended to it, so it is its own note of how far it is. Then
 * the folder goes, with what else the log had there.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Three batches. The source is opened read-only.
 */
final class Conversion {
    private static final int GATHER_BYTES = 256 << 10;
    private static final int GATHER_RECORDS = 1024;
    private static final ValueLayout.OfInt END = ValueLayout.JAVA_INT_UNALIGNED;

    private final Path from;
    private final Path to;
    private final LogFormat toFormat;
    private final MaintenanceOptions options;
    private long skippedRanges;

    Conversion(Path from, Path to, LogFormat toFormat, MaintenanceOptions options) {
        this.from = from;
        this.to = to;
        this.toFormat = toFormat;
        this.options = options;
    }

    ConvertReport run(LogFormat fromFormat) {
        var storage = options.storage();
        if (storage.exists(to)) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, to + " is there already; nothing was changed");
        }
        var name = to.getFileName();
        var folder = to.resolveSibling("millrace").resolve(name).resolve("converting");
        storage.createDirectories(folder);
        var work = folder.resolve(name);
        long records;
        Matched before;
        try (var source = LogFiles.toolsOf(fromFormat).open(from, Durability.OS, true, options)) {
            checkWhole(source);
            long last = source.since();
            try (var target =
                    LogFiles.toolsOf(toFormat).open(work, Durability.OS, false, options)) {
                before = compare(source, target, last, false);
                copy(source, target, before.seq(), last);
                target.drain();
                records = compare(source, target, last, true).records();
            }
        }
        storage.move(work, to);
        storage.syncDirectory(to.getParent());
        removeFolder(folder);
        return new ConvertReport(
                from.toString(),
                fromFormat,
                to.toString(),
                toFormat,
                records,
                before.records(),
                skippedRanges);
    }

    /** Nothing of it is needed any more, and the log has its name: a failure is none of its own. */
    private void removeFolder(Path folder) {
        try {
            remove(folder);
            for (var parent : List.of(folder.getParent(), folder.getParent().getParent())) {
                if (!options.storage().list(parent).isEmpty()) {
                    return;
                }
                options.storage().delete(parent);
            }
        } catch (MillraceException e) {
            // The next conversion to this name would go on with what is left, or say what to do.
        }
    }

    private void remove(Path path) {
        namesIn(path).forEach(name -> remove(path.resolve(name)));
        options.storage().delete(path);
    }

    private List<Path> namesIn(Path path) {
        try {
            return options.storage().list(path);
        } catch (MillraceException e) {
            return List.of(); // a file
        }
    }

    private void checkWhole(Log source) {
        if (!options.skipDamaged() && !source.openReport().reason().equals("none")) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    from
                            + ": it is not whole ("
                            + source.openReport().reason()
                            + "); nothing was converted. Repair a copy, or leave the damaged ranges"
                            + " out (skipDamaged).");
        }
    }

    /** How many records of the target are the source's first ones; the source's last of those. */
    private record Matched(long records, long seq) {}

    private Matched compare(Log source, Log target, long last, boolean all) {
        try (var wanted = new LiveRecords(source, -1, last, options.skipDamaged());
                var found = new LiveRecords(target, -1, Long.MAX_VALUE, false)) {
            long records = 0;
            long seq = -1;
            while (true) {
                boolean isFound = found.next();
                if (!isFound && !all) {
                    return new Matched(records, seq);
                }
                boolean isWanted = wanted.next();
                if (!isFound && !isWanted) {
                    skippedRanges = wanted.skippedRanges();
                    return new Matched(records, seq);
                }
                if (isFound != isWanted || wanted.record().mismatch(found.record()) >= 0) {
                    throw differs(records);
                }
                records++;
                seq = wanted.seq();
                tell(seq, last);
            }
        }
    }

    private void copy(Log source, Log target, long after, long last) {
        try (var records = new LiveRecords(source, after, last, options.skipDamaged());
                var arena = Arena.ofConfined()) {
            var data = arena.allocate(GATHER_BYTES, 8);
            var ends = arena.allocate(GATHER_RECORDS * END.byteSize(), 8);
            int count = 0;
            long used = 0;
            while (records.next()) {
                var record = records.record();
                long length = record.byteSize();
                if (count == GATHER_RECORDS || used + length > GATHER_BYTES) {
                    append(target, data, used, ends, count);
                    count = 0;
                    used = 0;
                }
                if (length > GATHER_BYTES) {
                    target.append(record);
                } else {
                    MemorySegment.copy(record, 0, data, used, length);
                    used += length;
                    ends.set(END, count++ * END.byteSize(), (int) used);
                }
                tell(records.seq(), last);
            }
            append(target, data, used, ends, count);
        }
    }

    private static void append(
            Log target, MemorySegment data, long used, MemorySegment ends, int count) {
        if (count > 0) {
            target.append(data.asSlice(0, used), ends.asSlice(0, count * END.byteSize()));
        }
    }

    private void tell(long seq, long last) {
        options.progress().at(seq, last);
    }

    private MillraceException differs(long record) {
        return new MillraceException(
                ErrorCode.ERR_ARGUMENT,
                String.format(
                        "%s: record %d of what an earlier conversion to it left is not that of %s."
                                + " Nothing was lost; remove %s and convert again.",
                        to,
                        record,
                        from,
                        to.resolveSibling("millrace").resolve(to.getFileName()) + "/converting"));
    }
}
