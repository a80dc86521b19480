package org.millrace.log.files;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.block.BlockTools;
import org.millrace.log.maintenance.FormatTools;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.maintenance.StatReport;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.log.offset.OffsetTools;
import org.millrace.log.wal.WalTools;

import java.nio.file.Path;

/**
 * Care of logs on disk from outside: look, verify, repair, convert. Formats are recognised unless
 * named.
 *
 * <p><b>Threads.</b> Any; each call works on the caller's.
 *
 * <p><b>Errors.</b> {@code MillraceException}: ERR_FILE_NOT_FOUND, ERR_FILE_KIND,
 * ERR_FILE_PERMISSION, ERR_LOG_FORMAT (no log, or not of the format that was named; nothing was
 * changed), ERR_IO.
 */
public final class LogFiles {
    private LogFiles() {}

    /** Recognises the format of a log by what stands in it. */
    public static LogFormat recognise(Path path, MaintenanceOptions options) {
        return options.format() != null
                ? options.format()
                : FormatGuess.of(absolute(path, options), options.storage());
    }

    /** Looks at a log: a few reads, whatever its size. Needs no lock, changes nothing. */
    public static StatReport stat(Path path, MaintenanceOptions options) {
        return tools(path, options).stat(absolute(path, options), options);
    }

    /**
     * Reads every frame. Needs no lock, changes nothing; of a log that is being written, what
     * stands behind its last whole record is reported as a torn tail.
     */
    public static VerifyReport verify(Path path, MaintenanceOptions options) {
        return tools(path, options).verify(absolute(path, options), options);
    }

    /**
     * Makes a damaged log whole: opened afterwards, it takes appends again and every sequence that
     * was readable still is. What is changed is in {@code <dir>/millrace/<log>/quarantine/} first,
     * durably. A whole log is not touched; repairing twice is repairing once.
     *
     * @throws org.millrace.memory.MillraceException ERR_LOG_LOCKED: somebody has it open for
     *     writing
     */
    public static RepairReport repair(Path path, MaintenanceOptions options) {
        var tools = tools(path, options);
        var file = absolute(path, options);
        var found = tools.verify(file, options);
        if (found.isWhole()) {
            return RepairReport.nothing(found);
        }
        try (var _ = options.storage().lock(tools.lockOf(file))) {
            // What was seen without the lock may have been an append under way.
            var now = tools.verify(file, options);
            return now.isWhole() ? RepairReport.nothing(now) : tools.repair(file, now, options);
        }
    }

    /**
     * Copies the records that are not deleted into a new log of another format, and compares them
     * afterwards. Sequences differ there. Killed, it goes on where it was when it is called again.
     *
     * @throws org.millrace.memory.MillraceException ERR_ARGUMENT: {@code to} is there already;
     *     ERR_LOG_CORRUPT: the source is damaged and {@code skipDamaged} is off;
     *     ERR_RECORD_TOO_LARGE, ERR_RECORD_EMPTY, ERR_LOG_FULL: the format cannot hold it
     */
    public static ConvertReport convert(
            Path from, Path to, LogFormat toFormat, MaintenanceOptions options) {
        var source = absolute(from, options);
        return new Conversion(source, absolute(to, options), toFormat, options)
                .run(recognise(source, options));
    }

    /** Opens a log of any format; see the engines' {@code open}. */
    public static Log open(
            Path path, Durability durability, boolean readOnly, MaintenanceOptions options) {
        return tools(path, options).open(absolute(path, options), durability, readOnly, options);
    }

    private static FormatTools tools(Path path, MaintenanceOptions options) {
        return toolsOf(recognise(path, options));
    }

    static FormatTools toolsOf(LogFormat format) {
        return switch (format.kind()) {
            case OFFSET -> new OffsetTools(format.codec());
            case BLOCK -> new BlockTools(format.blockBytes());
            case WAL -> new WalTools();
        };
    }

    private static Path absolute(Path path, MaintenanceOptions options) {
        return options.storage().canonical(path);
    }
}
