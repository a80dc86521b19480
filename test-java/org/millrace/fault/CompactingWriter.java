package org.millrace.fault;

import org.millrace.log.Durability;
import org.millrace.log.block.BlockLog;

import java.nio.file.Path;
import java.util.ArrayList;

/**
 * The child of the kills during compaction: appends, deletes all but the newest records and a few
 * older ones, compacts, again and again.
 */
final class CompactingWriter {
    static final int APPENDED_PER_ROUND = 500;
    private static final int NEWEST_KEPT = 2_000;
    private static final int OLD_KEPT_EVERY = 64;

    private CompactingWriter() {}

    /** True when a log of the numbers below {@code next} does not keep this one. */
    static boolean isDeleted(long number, long next) {
        return number < next - NEWEST_KEPT && number % OLD_KEPT_EVERY != 0;
    }

    /** What a kill may leave after acknowledgement {@code next}; a round more may be under way. */
    static DeletionOracle oracle(long next) {
        var oracle = new DeletionOracle();
        for (long number = 0; number < next; number++) {
            oracle.appended(number);
            if (isDeleted(number, next)) {
                oracle.deleted(number);
            }
            if (isDeleted(number, next + APPENDED_PER_ROUND)) {
                oracle.askedToDelete(number);
            }
        }
        return oracle;
    }

    /** An acknowledgement says how many numbers were used, and whether a compaction begins. */
    static long acknowledgement(long next, boolean compacts) {
        return next * 2 + (compacts ? 1 : 0);
    }

    /** Arguments: path. */
    public static void main(String[] args) {
        var acknowledgements = ChildWriter.acknowledgements();
        try (var log = (BlockLog) Engine.BLOCK.open(Path.of(args[0]), Durability.OS)) {
            for (long next = end(log); ; next += APPENDED_PER_ROUND) {
                delete(log, next);
                acknowledgements.acknowledge(acknowledgement(next, true));
                log.compact(_ -> {});
                acknowledgements.acknowledge(acknowledgement(next, false));
                NumberedRecords.append(log, next, APPENDED_PER_ROUND, -1);
            }
        }
    }

    private static long end(BlockLog log) {
        long[] last = {-1};
        NumberedRecords.read(log, (_, number) -> last[0] = number);
        return last[0] + 1;
    }

    private static void delete(BlockLog log, long next) {
        var seqs = new ArrayList<Long>();
        NumberedRecords.read(
                log,
                (seq, number) -> {
                    if (isDeleted(number, next)) {
                        seqs.add(seq);
                    }
                });
        seqs.forEach(log::delete);
    }
}
