package org.millrace.cli;

import org.millrace.log.Cursor;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import picocli.CommandLine.Option;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What the commands share that print records. */
abstract class ReadCommand extends LogCommand {
    private static final int BATCH_BYTES = 256 << 10;
    private static final int BATCH_RECORDS = 4096;
    private static final int RECORD_GUESS_BYTES = 8 << 10;
    private static final long LOOK_AGAIN_MS = 1000;

    @Option(names = "--seqs", description = "Print {\"seq\":…,\"value\":…}; so does --json.")
    boolean seqs;

    RecordPrinter printer() {
        return new RecordPrinter(seqs || json);
    }

    /** Prints one record. */
    void printOne(Log log, long seq, RecordPrinter printer) {
        var to = new byte[RECORD_GUESS_BYTES];
        int length = log.get(seq, MemorySegment.ofArray(to));
        if (length > to.length) {
            to = new byte[length];
            length = log.get(seq, MemorySegment.ofArray(to));
        }
        printer.print(seq, MemorySegment.ofArray(to).asSlice(0, length));
    }

    /**
     * Prints a range.
     *
     * @param live waits for what is appended, until the process is ended
     * @return exit code
     */
    int printRange(Log log, Range range, boolean live) throws Exception {
        var changed = new Semaphore(0);
        try (var cursor = log.cursor(range);
                var batch = RecordBatch.allocate(BATCH_BYTES, BATCH_RECORDS);
                var printer = printer();
                var _ = log.onChange(changed::release)) {
            while (true) {
                int count = next(cursor, batch);
                for (int i = 0; i < count; i++) {
                    if (!batch.isDeleted(i)) {
                        printer.print(batch.seq(i), batch.slice(i).segment());
                    }
                }
                if (count == 0 && !live) {
                    break;
                }
                if (count == 0 || live) {
                    printer.flush();
                }
                if (count == 0) {
                    changed.tryAcquire(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
                    changed.drainPermits();
                }
            }
        } catch (UncheckedIOException e) {
            return Exit.FINE; // whoever read has enough
        }
        return sawDamage ? Exit.DAMAGED : Exit.FINE;
    }

    /** Tells of damage and goes on behind it. */
    private int next(Cursor cursor, RecordBatch batch) {
        while (true) {
            try {
                return cursor.next(batch);
            } catch (MillraceException e) {
                if (e.code() != ErrorCode.ERR_LOG_CORRUPT) {
                    throw e;
                }
                sawDamage = true;
                err().println("millrace: " + e.getMessage());
                err().flush();
            }
        }
    }
}
