package org.millrace.host;

import org.millrace.log.Cursor;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;

/**
 * A cursor that does not make its host wait for a disk.
 *
 * <p>While the pages that come next are resident, a read is one copy straight into the host's
 * memory. When they are not, a background thread reads the batch into memory of ours, wakes the
 * host, and the host's next call takes the batch from there; and after every batch it is looked
 * ahead, so that the disk works while the host digests.
 *
 * <p><b>Threads.</b> Calls from the host's thread, one at a time; the reader is the other thread.
 * {@link #reading} says whose the cursor is.
 */
final class HostCursor implements AutoCloseable {
    private final Environment environment;
    private final Cursor cursor;

    /** 0 until somebody outside has to name it. */
    private long handle;

    /** Between the records of a text; null when they are none. */
    private final MemorySegment separator;

    /** Read ahead, and not taken yet. */
    private RecordBatch ahead;

    /** What reading ahead met instead of records; told by the next call. */
    private Throwable failure;

    private boolean reading;
    private boolean closed;

    HostCursor(Environment environment, Cursor cursor) {
        this(environment, cursor, null);
    }

    /**
     * @param separator of batches that are {@link RecordBatch#joined}; null for others
     */
    HostCursor(Environment environment, Cursor cursor, MemorySegment separator) {
        this.environment = environment;
        this.cursor = cursor;
        this.separator = separator;
    }

    long handle() {
        if (handle == 0) {
            handle = environment.add(this);
        }
        return handle;
    }

    Environment environment() {
        return environment;
    }

    /** MR_OP_OPEN, once the cursor is there. */
    void first(long call) {
        try {
            next(call);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_BUFFER_TOO_SMALL) {
                CallPage.set(call, CallPage.HANDLE, handle());
            } else {
                end();
            }
            throw e;
        } catch (Throwable thrown) {
            end();
            throw thrown;
        }
        CallPage.set(call, CallPage.HANDLE, closed ? 0 : handle());
    }

    /** MR_OP_NEXT. */
    void next(long call) {
        boolean wait = (CallPage.number(call, CallPage.FLAGS) & CallPage.FLAG_WAIT) != 0;
        CallPage.set(call, CallPage.COUNT, 0);
        CallPage.set(call, CallPage.USED, 0);
        CallPage.set(call, CallPage.FLAGS, 0);
        if (!take(call, wait)) {
            CallPage.set(call, CallPage.FLAGS, CallPage.FLAG_PENDING);
        } else if (isOver()) {
            end();
            CallPage.set(call, CallPage.FLAGS, CallPage.FLAG_ENDED);
        }
    }

    private synchronized boolean isOver() {
        return !reading && ahead == null && failure == null && cursor.isOver();
    }

    /** As if the host had closed it. */
    private void end() {
        if (handle == 0) {
            close();
        } else {
            environment.close(handle, this);
        }
    }

    private synchronized boolean take(long call, boolean wait) {
        while (reading && wait) {
            awaitReader();
        }
        if (reading) {
            return false;
        }
        if (failure != null) {
            throw rethrow();
        }
        boolean wasAtEnd = ahead != null && ahead.count() == 0 && !cursor.isOver();
        if (wasAtEnd) {
            // Of then: what came since, and was told while reading was under way, is read now.
            ahead.close();
            ahead = null;
        }
        if (ahead != null) {
            deliver(call, wait);
            return true;
        }
        if (!wait && !wasAtEnd && !cursor.isReady()) {
            readAhead(call);
            return false;
        }
        var batch = RecordBatch.over(CallPage.data(call), CallPage.index(call)).joined(separator);
        try {
            cursor.next(batch);
            batch.seal();
            answer(call, batch.count(), batch.usedBytes());
        } catch (MillraceException e) {
            CallPage.set(call, CallPage.NEEDED, batch.neededBytes());
            throw e;
        }
        lookAhead(call, wait);
        return true;
    }

    /** Copies the batch that was read ahead into the host's memory. */
    private void deliver(long call, boolean wait) {
        var data = CallPage.data(call);
        var index = CallPage.index(call);
        if (data.byteSize() < ahead.usedBytes() || index.byteSize() < ahead.index().byteSize()) {
            CallPage.set(call, CallPage.NEEDED, Math.max(ahead.usedBytes(), data.byteSize()));
            throw new MillraceException(
                    ErrorCode.ERR_BUFFER_TOO_SMALL,
                    "a batch of "
                            + ahead.usedBytes()
                            + " bytes and "
                            + ahead.count()
                            + " records was read ahead; the call has room for "
                            + data.byteSize()
                            + " bytes and "
                            + index.byteSize()
                            + " bytes of index");
        }
        cursor.recheck(ahead);
        MemorySegment.copy(ahead.data(), 0, data, 0, ahead.usedBytes());
        index.copyFrom(ahead.index());
        answer(call, ahead.count(), ahead.usedBytes());
        ahead.close();
        ahead = null;
        lookAhead(call, wait);
    }

    private static void answer(long call, int count, int used) {
        CallPage.set(call, CallPage.COUNT, count);
        CallPage.set(call, CallPage.USED, used);
    }

    private void lookAhead(long call, boolean wait) {
        boolean isMore = CallPage.number(call, CallPage.COUNT) > 0 && !cursor.isOver();
        if (!wait && isMore && !cursor.isReady()) {
            readAhead(call);
        }
    }

    private void readAhead(long call) {
        reading = true;
        handle(); // to be woken by
        long data = Math.max(CallPage.number(call, CallPage.DATA_LENGTH), 1);
        long index = CallPage.number(call, CallPage.INDEX_LENGTH);
        int records = (int) Math.max(index / RecordBatch.ENTRY.byteSize(), 1);
        Background.run(() -> read((int) Math.min(data, Integer.MAX_VALUE), records));
    }

    /** On a background thread. */
    private void read(int dataBytes, int records) {
        RecordBatch batch = null;
        Throwable thrown = null;
        try {
            batch = RecordBatch.allocate(dataBytes, records).joined(separator);
            cursor.next(batch);
            batch.seal();
        } catch (Throwable t) {
            thrown = t;
        }
        synchronized (this) {
            reading = false;
            failure = thrown;
            ahead = thrown == null ? batch : null;
            if (ahead == null && batch != null) {
                batch.close();
            }
            if (closed) {
                closeNow();
            }
            notifyAll();
        }
        environment.wake(handle);
    }

    private RuntimeException rethrow() {
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof Error e) {
            throw e;
        }
        return (RuntimeException) thrown;
    }

    private void awaitReader() {
        boolean interrupted = false;
        try {
            wait();
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeNow() {
        cursor.close();
        if (ahead != null) {
            ahead.close();
            ahead = null;
        }
    }

    /** While the reader is under way it closes the cursor when it is done; nobody waits. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            cursor.cancel();
            if (!reading) {
                closeNow();
            }
        }
    }
}
