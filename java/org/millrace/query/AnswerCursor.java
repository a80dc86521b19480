package org.millrace.query;

import org.millrace.log.Cursor;
import org.millrace.log.Gather;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The rows of an {@link Answer} once more.
 *
 * <p><b>Threads.</b> One at a time. <b>Memory.</b> None; fills the caller's batch.
 */
final class AnswerCursor implements Cursor {
    private static final int EXPECTED_AT_ONCE = 64;

    private final Log log;
    private final Answer answer;
    private int at;
    private int expected;

    AnswerCursor(Log log, Answer answer) {
        this.log = log;
        this.answer = answer;
    }

    @Override
    public int next(RecordBatch batch) {
        batch.clear();
        while (!isOver() && add(batch)) {
            at++;
        }
        if (log.epoch() != answer.standing().epoch()) {
            batch.clear();
            throw moved(null);
        }
        return batch.count();
    }

    private boolean add(RecordBatch batch) {
        long seq = answer.seqs()[at];
        if (!answer.made().isEmpty()) {
            var text = MemorySegment.ofArray(answer.made().get(at));
            return Gather.row(text, 0, (int) text.byteSize(), seq, batch);
        }
        if (at == expected) {
            expected = Math.min(at + EXPECTED_AT_ONCE, answer.seqs().length);
            log.expect(Arrays.copyOfRange(answer.seqs(), at, expected), expected - at);
        }
        try {
            return Gather.record(log, seq, batch);
        } catch (MillraceException e) {
            boolean hasMoved = log.epoch() != answer.standing().epoch();
            throw hasMoved ? moved(e) : e;
        }
    }

    /** Nobody knows a record that has gone, or moved, by its sequence. */
    static MillraceException moved(MillraceException cause) {
        return new MillraceException(
                ErrorCode.ERR_VIEW_FAILED,
                "query: the log's records moved meanwhile; ask again",
                cause);
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public boolean isOver() {
        return at == answer.seqs().length;
    }

    @Override
    public void close() {}
}
