package org.millrace.cli;

import org.millrace.log.files.LogFiles;
import org.millrace.log.maintenance.RepairReport;

import picocli.CommandLine.Command;

/** `repair PATH`. */
@Command(
        name = "repair",
        description = {
            "Makes a damaged log whole without moving a record: broken framing is written anew,"
                + " what cannot be read becomes a deleted record, a broken tail is cut. Everything"
                + " that is changed is kept in millrace/<log>/quarantine/ beside the log. A whole"
                + " log is not touched."
        })
final class RepairCommand extends LogCommand {
    @Override
    public Integer call() {
        var report = repair();
        print(report.fields());
        return report.after().isWhole() ? Exit.FINE : Exit.DAMAGED;
    }

    private RepairReport repair() {
        try (var progress = new ProgressLine("repair")) {
            return LogFiles.repair(path, options().withProgress(progress));
        }
    }
}
