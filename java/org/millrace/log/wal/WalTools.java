package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.OpenReport;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.FormatTools;
import org.millrace.log.maintenance.LiveRecords;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.maintenance.StatReport;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link FormatTools} of write-ahead logs: every frame of every segment against its checksum,
 * sealed ones too. A torn tail is repaired by opening the log; damage in what was durable is not,
 * because nothing can stand in a record's place: restore the segment, or convert and leave it out.
 */
public final class WalTools implements FormatTools {
    /** For {@link org.millrace.log.files.LogFiles}; holds nothing. */
    public WalTools() {}

    @Override
    public VerifyReport verify(Path path, MaintenanceOptions options) {
        var files = files(path, true, options);
        var damages = new ArrayList<DamagedRange>();
        long bytes = 0;
        long since = -1;
        var segments = files.list();
        for (var each : segments) {
            boolean isLast = each.equals(segments.getLast());
            var segment = files.open(each);
            try (var file = segment.file()) {
                bytes += file.size();
                since = Math.max(since, walk(segment, isLast, damages));
            }
            options.progress().at(bytes, bytes);
        }
        long[] counts = count(path, options);
        return new VerifyReport(
                path.toString(),
                LogFormat.WAL,
                bytes,
                counts[0],
                counts[1],
                counts[2],
                since,
                List.copyOf(damages));
    }

    /** Notes damaged ranges of a segment and returns its last sequence, -1 = none. */
    private static long walk(WalSegment segment, boolean isLast, List<DamagedRange> damages) {
        long limit = segment.isSealed() ? segment.end() : segment.file().size();
        long[] last = {-1};
        try (var walk = new WalWalk(segment)) {
            long from = WalHeader.BYTES;
            while (from < limit) {
                var stop =
                        walk.run(
                                from,
                                limit,
                                (block, at, offset, length) -> {
                                    if (WalFrame.isRecord(block, at)) {
                                        last[0] = WalFrame.sequence(block, at);
                                    }
                                });
                long at = walk.offset();
                boolean isEnd =
                        stop == WalWalk.Stop.LIMIT
                                || stop == WalWalk.Stop.NOTHING
                                        && !segment.isSealed()
                                        && walk.endOfContent(at, limit) == at;
                if (isEnd) {
                    break;
                }
                long next = walk.search(at + WalFrame.ALIGNMENT, limit);
                String reason = stop == WalWalk.Stop.NOTHING ? "zero" : "checksum";
                damages.add(
                        new DamagedRange(
                                segment.path().toString(),
                                at,
                                next - at,
                                reason,
                                isLast && next == limit));
                from = next;
            }
        }
        return last[0];
    }

    /** Records, deleted ones, bytes: as a reader sees them. */
    private long[] count(Path path, MaintenanceOptions options) {
        var counts = new long[3];
        try (var log = open(path, Durability.OS, true, options);
                var records = new LiveRecords(log, -1, Long.MAX_VALUE, true)) {
            while (records.next()) {
                counts[0]++;
                counts[2] += records.record().byteSize();
            }
            counts[1] = records.deleted();
        }
        return counts;
    }

    @Override
    public RepairReport repair(Path path, VerifyReport found, MaintenanceOptions options) {
        var lasting = found.damages().stream().filter(range -> !range.isTail()).findFirst();
        if (lasting.isPresent()) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    String.format(
                            "%s@%d: %d damaged bytes inside a write-ahead log. Nothing was changed;"
                                + " restore that segment, or convert the log and leave them out.",
                            lasting.get().file(), lasting.get().offset(), lasting.get().length()));
        }
        OpenReport report;
        try (var log = open(path, Durability.SYNC, false, options)) {
            report = log.openReport();
        }
        return new RepairReport(
                report.recovered(),
                0,
                report.recovered() ? 1 : 0,
                report.quarantinedBytes(),
                report.quarantine().isEmpty() ? List.of() : List.of(report.quarantine()),
                found,
                verify(path, options));
    }

    /** Opening takes the log's own; this one keeps repairs apart. */
    @Override
    public Path lockOf(Path path) {
        return path.resolve("repair.lock");
    }

    @Override
    public StatReport stat(Path path, MaintenanceOptions options) {
        var files = files(path, true, options);
        long bytes = 0;
        for (var each : files.list()) {
            var segment = files.open(each);
            try (var file = segment.file()) {
                bytes += file.size();
            }
        }
        try (var log = open(path, Durability.OS, true, options)) {
            var sides = SideFiles.within(options.storage(), path);
            return new StatReport(
                    path.toString(), LogFormat.WAL, bytes, log.since(), -1, sides.quarantined());
        }
    }

    @Override
    public Log open(
            Path path, Durability durability, boolean readOnly, MaintenanceOptions options) {
        return WalLog.open(path, options(durability, readOnly, options));
    }

    private static WalFiles files(Path path, boolean readOnly, MaintenanceOptions options) {
        return new WalFiles(path, options(Durability.OS, readOnly, options));
    }

    private static WalOptions options(
            Durability durability, boolean readOnly, MaintenanceOptions options) {
        return WalOptions.defaults()
                .durability(durability)
                .readOnly(readOnly)
                .storage(options.storage());
    }
}
