package org.millrace.cli;

import org.millrace.codec.JsonWriter;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.files.LogFiles;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** What every command has: a log, its format, `--json`, `--help` and the exit codes. */
@Command(
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:fine",
            "1:damage was found",
            "2:wrong usage",
            "3:failed; the error's code (ERR_...) is on stderr",
            "4:no such file, record or key",
            "5:somebody else has the log open for writing"
        })
abstract class LogCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "PATH", description = "The log: a file, or a directory.")
    Path path;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "offset-32, offset-48, offset-53, offset-legacy, block-BYTES (block-65536),"
                            + " wal. Default: recognised by what stands in the log.")
    LogFormat format;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Option(names = "--stacktrace", description = "Show where in the program an error came from.")
    boolean stackTrace;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this and end.")
    boolean help;

    @Spec CommandSpec spec;

    /** Damage was met: the exit code tells. */
    boolean sawDamage;

    MaintenanceOptions options() {
        return MaintenanceOptions.defaults().withFormat(format);
    }

    /** Opens read-only; tells of bytes behind the last whole record, which are not shown. */
    Log openToRead() {
        var log = LogFiles.open(path, Durability.OS, true, options());
        String reason = log.openReport().reason();
        sawDamage = !reason.equals("none");
        if (sawDamage && log.openReport().damagedAtOffset() < 0) {
            err().println(
                            "millrace: ERR_LOG_CORRUPT "
                                    + path
                                    + ": what stands behind sequence "
                                    + log.since()
                                    + " is no whole record ("
                                    + reason
                                    + ") and is not shown. Run verify.");
            err().flush();
        }
        return log;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints a report: as JSON, or a line per field. */
    void print(Map<String, Object> fields) {
        if (json) {
            out().println(JsonWriter.write(fields));
        } else {
            printLines(fields, "");
        }
        out().flush();
    }

    private void printLines(Map<?, ?> fields, String indent) {
        fields.forEach((name, value) -> printLine(name.toString(), value, indent));
    }

    private void printLine(String name, Object value, String indent) {
        switch (value) {
            case Map<?, ?> map -> {
                out().println(indent + name + ":");
                printLines(map, indent + "  ");
            }
            case List<?> list when !list.isEmpty() -> {
                out().println(indent + name + ":");
                for (var item : list) {
                    out().println(indent + "  - " + (item instanceof Map<?, ?> m ? row(m) : item));
                }
            }
            case List<?> empty -> out().println(indent + name + ": none");
            case null -> out().println(indent + name + ": unknown");
            default -> out().println(indent + name + ": " + value);
        }
    }

    private static String row(Map<?, ?> fields) {
        var text = new StringBuilder();
        fields.forEach(
                (name, value) ->
                        text.append(text.isEmpty() ? "" : ", ")
                                .append(name)
                                .append(' ')
                                .append(value));
        return text.toString();
    }
}
