package org.millrace.fault;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.memory.MillraceException;

import java.nio.file.Path;

/**
 * The child of the kill and power cut tests of the engines: opens a log, goes on where it ends, and
 * appends numbered records for ever, one to a hundred an append.
 */
final class NumberedWriter {
    /** Mistakes that the tests must see. */
    enum Bug {
        NONE,
        /** Each thousandth record is not appended. */
        FORGETS_A_RECORD,
        /** Acknowledges what stands in a buffer. */
        ACKNOWLEDGES_BEFORE_THE_WRITE,
        /** Acknowledges at level sync what was only written. */
        SKIPS_THE_SYNC
    }

    private static final int BATCH_MAX = 100;
    private static final int BATCHES_PER_DRAIN = 3;

    private NumberedWriter() {}

    static ChildWriter start(Engine engine, Path path, Durability level, Bug bug) {
        return ChildWriter.start(
                NumberedWriter.class, engine.name(), path.toString(), level.name(), bug.name());
    }

    /** Arguments: engine, path, level, bug. Acknowledges by the level's rule. */
    public static void main(String[] args) {
        var acknowledgements = ChildWriter.acknowledgements();
        var level = Durability.valueOf(args[2]);
        var bug = Bug.valueOf(args[3]);
        try (var log = Engine.valueOf(args[0]).open(Path.of(args[1]), used(level, bug))) {
            appendForEver(log, level == Durability.MEMORY, bug, acknowledgements);
        } catch (MillraceException e) {
            System.err.println(e.getMessage()); // a line suffices where the power was cut
        }
    }

    private static void appendForEver(
            Log log, boolean drains, Bug bug, ChildWriter.Acknowledgements acknowledgements) {
        long next = NumberedRecords.count(log);
        for (int i = 1; ; i++) {
            int count = i % BATCH_MAX + 1;
            long lie = bug == Bug.FORGETS_A_RECORD ? next / 1000 * 1000 + 999 : -1;
            NumberedRecords.append(log, next, count, lie);
            next += count;
            if (drains && i % BATCHES_PER_DRAIN == 0) {
                log.drain();
            }
            if (!drains || i % BATCHES_PER_DRAIN == 0) {
                acknowledgements.acknowledge(next - 1);
            }
        }
    }

    private static Durability used(Durability level, Bug bug) {
        return switch (bug) {
            case NONE, FORGETS_A_RECORD -> level;
            case ACKNOWLEDGES_BEFORE_THE_WRITE -> Durability.MEMORY;
            case SKIPS_THE_SYNC -> Durability.OS;
        };
    }
}
