package org.millrace.log.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Lincheck's model checker over how a log publishes and how appenders share a sync: it switches
 * threads at every shared access, finds what no order of the calls explains, and finds a deadlock.
 *
 * <p>It assumes that memory is sequentially consistent; the stress tests of the engines run on the
 * real one.
 */
class PublishProtocolTest {
    private static final int SCENARIOS = Tier.count("millrace.lincheck.scenarios", 3, 60);
    private static final int SCHEDULES = Tier.count("millrace.lincheck.schedules", 100, 3_000);
    private static final long RECORD_BYTES = 10;

    /** One appender, readers without a lock. */
    public static class Publishing {
        protected final Progress progress = new Progress(Durability.OS);
        private long seq = -1;

        @Operation(nonParallelGroup = "the tail's lock")
        public final void append() {
            seq++;
            progress.written(seq, (seq + 1) * RECORD_BYTES);
        }

        /** True: whatever was published is below the end. */
        @Operation
        public boolean readsWholeRecords() {
            long since = progress.since();
            return progress.writtenEnd() >= (since + 1) * RECORD_BYTES;
        }

        @Operation
        public final long since() {
            return progress.since();
        }
    }

    /** What {@link Publishing} must look like to somebody who calls it alone. */
    public static final class Published {
        private long seq = -1;

        public void append() {
            seq++;
        }

        public boolean readsWholeRecords() {
            return true;
        }

        public long since() {
            return seq;
        }
    }

    /** The canary: a reader that asks for the end first. */
    public static final class ReadingTheEndFirst extends Publishing {
        @Override
        @Operation
        public boolean readsWholeRecords() {
            long end = progress.writtenEnd();
            return end >= (progress.since() + 1) * RECORD_BYTES;
        }
    }

    /** Many appenders at level sync: true when what was acknowledged is on disk. */
    public static class Syncing {
        private final Progress progress = new Progress(Durability.SYNC);
        private final ReentrantLock tail = new ReentrantLock();
        private final GroupSync groupSync =
                new GroupSync(this::sync, progress, new Health(), new Listeners());
        private volatile long written = -1;
        protected volatile long onDisk = -1;

        protected void sync() {
            onDisk = written;
        }

        @Operation
        public final boolean append() {
            long seq;
            tail.lock();
            try {
                seq = written + 1;
                written = seq;
                progress.written(seq, (seq + 1) * RECORD_BYTES);
            } finally {
                tail.unlock();
            }
            return isAcknowledgedOnDisk(seq, () -> groupSync.await(seq));
        }

        @Operation
        public final boolean drain() {
            long seq = progress.writtenSeq();
            return isAcknowledgedOnDisk(seq, groupSync::force);
        }

        private boolean isAcknowledgedOnDisk(long seq, Runnable wait) {
            try {
                wait.run();
            } catch (MillraceException e) {
                return e.code() == ErrorCode.ERR_LOG_SYNC_FAILED;
            }
            return onDisk >= seq && progress.durableSeq() >= seq;
        }
    }

    /** What {@link Syncing} must answer. */
    public static final class Synced {
        public boolean append() {
            return true;
        }

        public boolean drain() {
            return true;
        }
    }

    /** The second sync fails: nobody is told that its records are on disk, nobody hangs. */
    public static final class SyncingWithAFailure extends Syncing {
        private int syncs;

        @Override
        protected void sync() {
            if (++syncs == 2) {
                throw new MillraceException(ErrorCode.ERR_IO, "planned");
            }
            super.sync();
        }
    }

    /** The canary: a sync that does nothing. */
    public static final class SkippingTheSync extends Syncing {
        @Override
        protected void sync() {
            // the planted bug
        }
    }

    @Test
    void aReaderNeverSeesASequenceBeforeItsBytes() {
        check(Publishing.class, Published.class);
    }

    @Test
    void aReaderThatAsksForTheEndFirstIsCaught() {
        caught(ReadingTheEndFirst.class, Published.class);
    }

    @Test
    void whoIsAcknowledgedIsOnDiskAndNobodyHangs() {
        check(Syncing.class, Synced.class);
    }

    @Test
    void aFailedSyncAcknowledgesNobodyItDidNotSave() {
        check(SyncingWithAFailure.class, Synced.class);
    }

    @Test
    void aSkippedSyncIsCaught() {
        caught(SkippingTheSync.class, Synced.class);
    }

    private static void check(Class<?> subject, Class<?> promise) {
        new ModelCheckingOptions()
                .iterations(SCENARIOS)
                .invocationsPerIteration(SCHEDULES)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .sequentialSpecification(promise)
                .check(subject);
    }

    private static void caught(Class<?> subject, Class<?> promise) {
        var error = assertThrows(LincheckAssertionError.class, () -> check(subject, promise));
        assertTrue(error.getMessage().contains("Invalid execution results"), error.getMessage());
    }
}
