package org.millrace.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** A host that counts its wakes, called as C is called. */
@SuppressWarnings("restricted")
final class WakeCounter {
    private final MemorySegment host;
    private int count;

    WakeCounter(Arena arena) {
        var number = ValueLayout.JAVA_LONG;
        try {
            var wake =
                    MethodHandles.lookup()
                            .bind(
                                    this,
                                    "wake",
                                    MethodType.methodType(
                                            long.class,
                                            long.class,
                                            long.class,
                                            long.class,
                                            long.class,
                                            long.class,
                                            long.class));
            var shape =
                    FunctionDescriptor.of(number, number, number, number, number, number, number);
            host = arena.allocate(16, 8);
            host.set(ValueLayout.ADDRESS, 8, Linker.nativeLinker().upcallStub(wake, shape, arena));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Address of the {@code mr_host}. */
    long host() {
        return host.address();
    }

    synchronized int count() {
        return count;
    }

    synchronized void await(int wakes) throws InterruptedException {
        while (count < wakes) {
            wait();
        }
    }

    /** {@code mr_wake_fn}. */
    synchronized long wake(long context, long handle, long c, long d, long e, long f) {
        count++;
        notifyAll();
        return 0;
    }
}
