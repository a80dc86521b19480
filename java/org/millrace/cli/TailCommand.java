package org.millrace.cli;

import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** `tail PATH`. */
@Command(name = "tail", description = "Prints the last records, oldest first, and what follows.")
final class TailCommand extends ReadCommand {
    @Option(
            names = {"-n", "--records"},
            paramLabel = "N",
            defaultValue = "10",
            description = "So many records. Default: ${DEFAULT-VALUE}.")
    int records;

    @Option(names = "--live", description = "Go on with what is appended, until interrupted.")
    boolean live;

    @Override
    public Integer call() throws Exception {
        try (var log = openToRead()) {
            long first = firstOfLast(log);
            var range = first < 0 ? Range.after(log.since()) : from(first);
            return printRange(log, range, live);
        }
    }

    private static Range from(long seq) {
        return new Range(seq, true, Long.MAX_VALUE, true, false, -1);
    }

    /** Sequence of the last but {@code records}; -1 when none is wanted or there. */
    private long firstOfLast(Log log) {
        long first = -1;
        try (var cursor = log.cursor(Range.newestFirst().limit(records));
                var batch = RecordBatch.allocate(1 << 16, 1024)) {
            for (int count = records < 1 ? 0 : cursor.next(batch);
                    count > 0;
                    count = cursor.next(batch)) {
                first = batch.seq(count - 1);
            }
        }
        return first;
    }
}
