package org.millrace.cli;

import org.millrace.log.files.LogFiles;

import picocli.CommandLine.Command;

/** `stat PATH`. */
@Command(
        name = "stat",
        description =
                "Format, size, last sequence and quarantine of a log, by a few reads whatever its"
                        + " size. Changes nothing, needs no lock.")
final class StatCommand extends LogCommand {
    @Override
    public Integer call() {
        print(LogFiles.stat(path, options()).fields());
        return Exit.FINE;
    }
}
