package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets calls in until close, and lets close wait for those inside.
 *
 * <p>Callers count themselves in one of several cells that lie a cache line apart, so that readers
 * on different cores do not wait for each other. A caller counts first and looks at {@code closed}
 * second; close sets it first and counts second: one of both sees the other.
 *
 * <p><b>Threads.</b> Any; {@code exit} on the thread of its {@code enter}.
 */
public final class CloseGuard {
    private static final int CELLS = 16;
    private static final int STRIDE = 32;

    private final AtomicIntegerArray inside = new AtomicIntegerArray(CELLS * STRIDE);
    private final String what;
    private volatile boolean closed;

    /**
     * @param what what is guarded, for the message
     */
    public CloseGuard(String what) {
        this.what = what;
    }

    public void enter() {
        if (!tryEnter()) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CLOSED, what + ": it is closed; open it again");
        }
    }

    /** False when it is closed. */
    public boolean tryEnter() {
        int cell = cell();
        inside.getAndIncrement(cell);
        if (closed) {
            inside.getAndDecrement(cell);
            return false;
        }
        return true;
    }

    public void exit() {
        inside.getAndDecrement(cell());
    }

    /** Stops new calls and waits for those inside. False when it was closed before. */
    public boolean close() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
        }
        for (int cell = 0; cell < CELLS * STRIDE; cell += STRIDE) {
            while (inside.get(cell) != 0) {
                LockSupport.parkNanos(50_000);
            }
        }
        return true;
    }

    private static int cell() {
        return ((int) Thread.currentThread().threadId() & CELLS - 1) * STRIDE;
    }
}
