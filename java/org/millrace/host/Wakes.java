package org.millrace.host;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls {@code mr_wake_fn}. Apart from {@link Environment}, because linking it takes a while. */
final class Wakes {
    private static final MethodHandle CALL = Linking.sixLongs();

    /** Where every wake's errno goes; nobody reads it. */
    @SuppressWarnings("restricted")
    private static final MemorySegment ERRNO =
            Arena.global().allocate(Linker.Option.captureStateLayout());

    private Wakes() {}

    /** Links, so that the first wake does not. */
    static void warm() {
        // Loading the class has linked.
    }

    /** True when the host took it (or dropped it because one is queued), false when it is gone. */
    static boolean call(MemorySegment function, long context, long handle) {
        try {
            return (long) CALL.invokeExact(function, ERRNO, context, handle, 0L, 0L, 0L, 0L) == 0;
        } catch (Throwable thrown) {
            throw new AssertionError(thrown); // a downcall does not throw
        }
    }
}
