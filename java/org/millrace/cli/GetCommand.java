package org.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** `get PATH SEQ`. */
@Command(name = "get", description = "Prints one record.")
final class GetCommand extends ReadCommand {
    @Parameters(index = "1", paramLabel = "SEQ", description = "Sequence of the record.")
    long seq;

    @Override
    public Integer call() {
        try (var log = openToRead();
                var printer = printer()) {
            printOne(log, seq, printer);
            return Exit.FINE;
        }
    }
}
