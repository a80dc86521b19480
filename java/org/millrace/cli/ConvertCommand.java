package org.millrace.cli;

import org.millrace.log.files.ConvertReport;
import org.millrace.log.files.LogFiles;
import org.millrace.log.maintenance.LogFormat;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;

/** `convert PATH TO --to FORMAT`. */
@Command(
        name = "convert",
        description = {
            "Copies a log into a new one of another format and compares both afterwards. The source"
                + " is not touched; killed, the same command goes on where it was. Sequences differ"
                + " in the new log and deleted records are left out: views are to be rebuilt."
        })
final class ConvertCommand extends LogCommand {
    @Parameters(index = "1", paramLabel = "TO", description = "The new log; must not be there.")
    Path target;

    @Option(names = "--to", required = true, paramLabel = "FORMAT", description = "Its format.")
    LogFormat toFormat;

    @Option(names = "--skip-damaged", description = "Leave out what cannot be read.")
    boolean skipDamaged;

    @Override
    public Integer call() {
        var report = convert();
        print(report.fields());
        return report.skippedRanges() == 0 ? Exit.FINE : Exit.DAMAGED;
    }

    private ConvertReport convert() {
        try (var progress = new ProgressLine("convert")) {
            var options = options().withSkipDamaged(skipDamaged).withProgress(progress);
            return LogFiles.convert(path, target, toFormat, options);
        }
    }
}
