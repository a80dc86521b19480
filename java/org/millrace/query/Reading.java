package org.millrace.query;

import org.millrace.codec.Message;
import org.millrace.codec.Scanner;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What it takes to read records for one query: a scanner, a message with the query's paths, a
 * block. Making it costs more than many a query, so it is kept with the query for the next run.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> Owns the block, the largest record it has read.
 */
final class Reading {
    private static final int BLOCK_BYTES = 16 << 10;
    private static final int BLOCK_BYTES_KEPT = 256 << 10;

    final Scanner scanner;
    final Message message;
    MemorySegment block = Arena.ofAuto().allocate(BLOCK_BYTES, 8);

    private Reading(Query query) {
        scanner = query.encoding.scanner();
        message = Message.withoutLinks(query.paths);
    }

    /** Copies a record to the block's beginning; its length, or -1 when it was deleted. */
    int read(Log log, long seq) {
        try {
            int length = log.get(seq, block);
            if (length > block.byteSize()) {
                block = Arena.ofAuto().allocate(length + 8L, 8);
                length = log.get(seq, block);
            }
            return length;
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return -1;
            }
            throw e;
        }
    }

    /** Some of one query that nobody uses now. */
    static final class Pool {
        private static final int KEPT = 4;

        private final Query query;
        private final ConcurrentLinkedQueue<Reading> idle = new ConcurrentLinkedQueue<>();
        private final AtomicInteger kept = new AtomicInteger();

        Pool(Query query) {
            this.query = query;
        }

        Reading take() {
            var found = idle.poll();
            if (found == null) {
                return new Reading(query);
            }
            kept.decrementAndGet();
            return found;
        }

        void giveBack(Reading reading) {
            if (reading.block.byteSize() <= BLOCK_BYTES_KEPT && kept.get() < KEPT) {
                kept.incrementAndGet();
                idle.add(reading);
            }
        }
    }
}
