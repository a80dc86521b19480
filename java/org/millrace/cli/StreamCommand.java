package org.millrace.cli;

import org.millrace.log.Range;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** `stream PATH`. */
@Command(
        name = "stream",
        description = {
            "Prints records, one JSON a line: those that are JSON as they are, others as"
                    + " {\"base64\":…}. Deleted records are left out."
        })
final class StreamCommand extends ReadCommand {
    @ArgGroup Lower lower;
    @ArgGroup Upper upper;

    @Option(names = "--reverse", description = "Newest first.")
    boolean reverse;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many records.")
    long limit = -1;

    @Option(names = "--live", description = "Go on with what is appended, until interrupted.")
    boolean live;

    /** One of both. */
    static final class Lower {
        @Option(names = "--gt", paramLabel = "SEQ", description = "Records behind this one.")
        Long gt;

        @Option(names = "--gte", paramLabel = "SEQ", description = "This record and later ones.")
        Long gte;
    }

    /** One of both. */
    static final class Upper {
        @Option(names = "--lt", paramLabel = "SEQ", description = "Records before this one.")
        Long lt;

        @Option(names = "--lte", paramLabel = "SEQ", description = "Up to this record.")
        Long lte;
    }

    @Override
    public Integer call() throws Exception {
        if (live && reverse) {
            throw new ParameterException(
                    spec.commandLine(), "--live and --reverse exclude each other");
        }
        try (var log = openToRead()) {
            return printRange(log, range(), live);
        }
    }

    private Range range() {
        boolean hasGte = lower != null && lower.gte != null;
        boolean hasLt = upper != null && upper.lt != null;
        long from = lower == null ? -1 : hasGte ? lower.gte : lower.gt;
        long to = upper == null ? Long.MAX_VALUE : hasLt ? upper.lt : upper.lte;
        return new Range(from, hasGte, to, !hasLt, reverse, limit);
    }
}
