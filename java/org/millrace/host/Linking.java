package org.millrace.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** The two native signatures of the boundary: the upcall for hot calls, the downcall for wakes. */
@SuppressWarnings("restricted")
final class Linking {
    private Linking() {}

    /** Makes the upcall and stores its address in {@code slot}; warms the downcalls as well. */
    static void inBackground(MemorySegment slot) {
        Thread.ofPlatform()
                .daemon()
                .name("millrace link")
                .start(
                        () -> {
                            long dispatch = upcall().address();
                            ValueLayout.JAVA_LONG.varHandle().setRelease(slot, 0L, dispatch);
                            Wakes.warm();
                        });
    }

    /** Lives as long as the process: C may call it at any time. */
    private static MemorySegment upcall() {
        try {
            MethodHandle target =
                    MethodHandles.lookup()
                            .findStatic(
                                    Host.class,
                                    "dispatch",
                                    MethodType.methodType(int.class, int.class, long.class));
            var shape =
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
            return Linker.nativeLinker().upcallStub(target, shape, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * A call of six longs that answers one; the callee's address and the place for errno come
     * first. The same shape as {@code storage.Libc}'s, errno included though nobody reads it here:
     * the linker makes each distinct shape once, and a shape costs 10 to 20 ms.
     */
    static MethodHandle sixLongs() {
        var number = ValueLayout.JAVA_LONG;
        return Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.of(
                                number, number, number, number, number, number, number),
                        Linker.Option.captureCallState("errno"));
    }
}
