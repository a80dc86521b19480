package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.millrace.log.Cursor;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** A cursor whose disk is slow: the host's thread is told to come back, and never waits. */
class HostCursorTest {
    private final Arena arena = Arena.ofShared();
    private final WakeCounter wakes = new WakeCounter(arena);
    private final Environment environment = new Environment(wakes.host());
    private final MemorySegment page = arena.allocate(CallPage.BYTES, 8);
    private final MemorySegment data = arena.allocate(64, 8);
    private final MemorySegment index = arena.allocate(4 * 16, 8);
    private final SlowCursor disk = new SlowCursor();
    private final HostCursor cursor = new HostCursor(environment, disk);

    @AfterEach
    void free() {
        disk.gate.release(100);
        environment.release();
        arena.close();
    }

    @Test
    void aReadyCursorAnswersAtOnce() {
        disk.ready = true;
        next(0);
        assertAnswer(1, 0);
        assertEquals(0, wakes.count());
    }

    @Test
    void aSlowOneAnswersPendingThenWakesThenDelivers() throws Exception {
        next(0);
        assertAnswer(0, CallPage.FLAG_PENDING);
        next(0); // still under way: the same answer, and no second reader
        assertAnswer(0, CallPage.FLAG_PENDING);
        disk.gate.release();
        wakes.await(1);
        next(0);
        assertAnswer(1, 0);
        assertEquals("record 0", text());
    }

    @Test
    void looksAheadWhileTheHostDigests() throws Exception {
        disk.gate.release(2);
        next(0);
        wakes.await(1);
        next(0); // delivers, and starts the next read by itself
        wakes.await(2);
        next(0);
        assertEquals("record 1", text());
    }

    @Test
    void waitingIsPossibleForWhoAsks() {
        disk.gate.release(10);
        next(CallPage.FLAG_WAIT);
        assertAnswer(1, 0);
        next(0);
        assertAnswer(0, CallPage.FLAG_PENDING);
        next(CallPage.FLAG_WAIT);
        assertEquals("record 1", text());
    }

    @Test
    void aFailureOfTheReaderIsToldByTheNextCall() throws Exception {
        disk.failure = new MillraceException(ErrorCode.ERR_READ_FAULT, "planted");
        disk.gate.release();
        next(0);
        wakes.await(1);
        var thrown = assertThrows(MillraceException.class, () -> next(0));
        assertEquals(ErrorCode.ERR_READ_FAULT, thrown.code());
    }

    @Test
    void anEndReadAheadIsNotToldOfWhatCameMeanwhile() throws Exception {
        disk.isAtEnd = true;
        next(0);
        disk.gate.release();
        wakes.await(1);
        disk.isAtEnd = false; // an append, told while the read was under way
        disk.ready = true;
        next(0);
        assertAnswer(1, 0);
        assertEquals("record 0", text());
    }

    @Test
    void aBatchThatDoesNotFitIsKept() throws Exception {
        disk.gate.release();
        next(0);
        wakes.await(1);
        set(CallPage.DATA_LENGTH, 3);
        var thrown = assertThrows(MillraceException.class, () -> cursor.next(page.address()));
        assertEquals(ErrorCode.ERR_BUFFER_TOO_SMALL, thrown.code());
        assertEquals(8, CallPage.number(page.address(), CallPage.NEEDED));
        next(0);
        assertEquals("record 0", text());
    }

    @Test
    void closeDoesNotWaitForTheReader() throws Exception {
        next(0);
        environment.close(cursor.handle(), cursor);
        assertFalse(disk.closed.getCount() == 0, "closed under its reader");
        disk.gate.release();
        disk.closed.await();
    }

    @Test
    void noWakeComesAfterRelease() throws Exception {
        next(0);
        environment.release();
        disk.gate.release();
        disk.closed.await();
        assertEquals(0, wakes.count());
    }

    private void next(int flags) {
        set(CallPage.FLAGS, flags);
        set(CallPage.DATA, data.address());
        set(CallPage.DATA_LENGTH, data.byteSize());
        set(CallPage.INDEX, index.address());
        set(CallPage.INDEX_LENGTH, index.byteSize());
        cursor.next(page.address());
    }

    private void set(long field, long value) {
        CallPage.set(page.address(), field, value);
    }

    private void assertAnswer(int count, int flags) {
        assertEquals(count, CallPage.number(page.address(), CallPage.COUNT));
        assertEquals(flags, CallPage.number(page.address(), CallPage.FLAGS));
    }

    private String text() {
        assertTrue(CallPage.number(page.address(), CallPage.COUNT) == 1);
        var bytes = data.asSlice(0, CallPage.number(page.address(), CallPage.USED));
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /** One record a read; a read passes when the gate has a permit. */
    private static final class SlowCursor implements Cursor {
        final Semaphore gate = new Semaphore(0);
        final CountDownLatch closed = new CountDownLatch(1);
        volatile boolean ready;
        volatile boolean isAtEnd;
        volatile RuntimeException failure;
        private int seq;

        @Override
        public int next(RecordBatch batch) {
            if (!ready) {
                gate.acquireUninterruptibly();
            }
            if (failure != null) {
                throw failure;
            }
            batch.clear();
            if (isAtEnd) {
                return 0;
            }
            var text = MemorySegment.ofArray(("record " + seq).getBytes());
            batch.data().copyFrom(text);
            batch.add(seq, 0, (int) text.byteSize());
            batch.used((int) text.byteSize());
            seq++;
            return 1;
        }

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }
}
