package org.millrace.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One host thread (in Node.js: the main thread or a worker), what it has open, and the way back to
 * it.
 *
 * <p><b>Threads.</b> Any. After {@link #release} has returned, no thread touches the host's memory.
 */
final class Environment {
    /** {@code mr_host.context} and {@code mr_host.wake}. */
    private static final long HOST_CONTEXT = 0;

    private static final long HOST_WAKE = 8;
    private static final long HOST_BYTES = 16;

    private final Object waking = new Object();
    private final LinkedHashMap<Long, AutoCloseable> open = new LinkedHashMap<>();
    private final long context;
    private final MemorySegment wake;
    private boolean gone;

    @SuppressWarnings("restricted")
    Environment(long host) {
        var memory = MemorySegment.ofAddress(host).reinterpret(HOST_BYTES);
        context = memory.get(ValueLayout.JAVA_LONG, HOST_CONTEXT);
        wake = MemorySegment.ofAddress(memory.get(ValueLayout.JAVA_LONG, HOST_WAKE));
    }

    /** Gives a thing a handle; it is closed with the environment at the latest. */
    long add(AutoCloseable thing) {
        long handle = Handles.add(thing);
        synchronized (open) {
            open.put(handle, thing);
        }
        return handle;
    }

    /** Forgets the handle; whoever asked closes the thing. */
    void forget(long handle) {
        Handles.remove(handle);
        synchronized (open) {
            open.remove(handle);
        }
    }

    /** Forgets the handle, then closes the thing. */
    void close(long handle, AutoCloseable thing) {
        forget(handle);
        close(thing);
    }

    static void close(AutoCloseable thing) {
        try {
            thing.close();
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Exception checked) {
            throw new IllegalStateException(checked);
        }
    }

    /** Tells the host thread that something changed behind the handle. */
    void wake(long handle) {
        synchronized (waking) {
            if (!gone) {
                gone = !Wakes.call(wake, context, handle);
            }
        }
    }

    /**
     * Closes everything, youngest first, however many of them fail; then no wake is sent any more.
     *
     * @return what failed
     */
    List<Throwable> release() {
        var failures = new ArrayList<Throwable>();
        for (var entry : youngestFirst()) {
            try {
                close(entry.getKey(), entry.getValue());
            } catch (Throwable thrown) {
                failures.add(thrown);
            }
        }
        synchronized (waking) {
            gone = true;
        }
        return failures;
    }

    private List<Map.Entry<Long, AutoCloseable>> youngestFirst() {
        synchronized (open) {
            return List.copyOf(open.sequencedEntrySet().reversed());
        }
    }
}
