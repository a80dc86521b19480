package org.millrace.cli;

import org.millrace.log.files.LogFiles;
import org.millrace.log.maintenance.VerifyReport;

import picocli.CommandLine.Command;

/** `verify PATH`. */
@Command(
        name = "verify",
        description = {
            "Reads every frame of a log and names each range that is damaged. Changes nothing,"
                    + " needs no lock."
        })
final class VerifyCommand extends LogCommand {
    @Override
    public Integer call() {
        var report = verify();
        print(report.fields());
        return report.isWhole() ? Exit.FINE : Exit.DAMAGED;
    }

    private VerifyReport verify() {
        try (var progress = new ProgressLine("verify")) {
            return LogFiles.verify(path, options().withProgress(progress));
        }
    }
}
