package org.millrace.log.offset;

import org.millrace.format.OffsetCodec;
import org.millrace.format.OffsetFrame;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.maintenance.FormatTools;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.maintenance.StatReport;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.nio.file.Path;

/** {@link FormatTools} of offset logs. */
public final class OffsetTools implements FormatTools {
    private final LogFormat format;
    private final OffsetFrame frame;

    public OffsetTools(OffsetCodec codec) {
        this.format = LogFormat.offset(codec);
        this.frame = OffsetFrame.of(codec);
    }

    @Override
    public VerifyReport verify(Path path, MaintenanceOptions options) {
        try (var file = options.storage().open(path, Storage.OpenMode.READ)) {
            return examine(file, options);
        }
    }

    private VerifyReport examine(StoredFile file, MaintenanceOptions options) {
        var sides = new SideFiles(options.storage(), file.path());
        var checksums = OffsetChecksumReader.open(options.storage(), sides, frame.codec());
        try (var exam = new OffsetExam(file, frame, checksums, options.progress())) {
            return exam.run();
        }
    }

    @Override
    public RepairReport repair(Path path, VerifyReport found, MaintenanceOptions options) {
        var sides = new SideFiles(options.storage(), path);
        try (var file = options.storage().open(path, Storage.OpenMode.READ_WRITE)) {
            file.lock();
            var checkpoints = new OffsetCheckpoints(options.storage(), sides, file, frame);
            var checkpoint = checkpoints.load();
            if (checkpoint != null && checkpoint.strictTail()) {
                // Recovery would take the zeros of a deleted record behind it for a lost sector.
                checkpoints.save(checkpoint.lastSeq(), false);
                options.storage().syncDirectory(sides.directory());
            }
            var mend = new OffsetMend(file, frame, sides);
            found.damages().forEach(mend::mend);
            var after = examine(file, options);
            checkpoints.saveIfPossible(after.since(), false);
            return mend.report(found, after);
        }
    }

    @Override
    public StatReport stat(Path path, MaintenanceOptions options) {
        var sides = new SideFiles(options.storage(), path);
        try (var file = options.storage().open(path, Storage.OpenMode.READ);
                var scan = new OffsetScan(file, frame)) {
            long size = file.size();
            long start = scan.startNamedBefore(size);
            boolean isWhole = start >= 0 && scan.validLengthAt(start, size) >= 0;
            Long since = size == 0 ? Long.valueOf(-1) : isWhole ? start : null;
            var checkpoint = new OffsetCheckpoints(options.storage(), sides, file, frame).load();
            return new StatReport(
                    path.toString(),
                    format,
                    size,
                    since,
                    checkpoint == null ? -1 : checkpoint.end(),
                    sides.quarantined());
        }
    }

    @Override
    public Log open(
            Path path, Durability durability, boolean readOnly, MaintenanceOptions options) {
        return OffsetLog.open(
                path,
                OffsetOptions.defaults()
                        .withCodec(frame.codec())
                        .withDurability(durability)
                        .withReadOnly(readOnly)
                        .withStorage(options.storage()));
    }
}
