package org.millrace.host;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The three doors through which a host written in C comes in: {@code
 * js-bindings/native/jvm_calls.c} calls them by JNI and knows their signatures.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>Errors.</b> {@link #cold} and {@link #dispatch} never throw: the stack below them is C.
 */
public final class Host {
    /** {@code mr_boot.abi_version} and {@code mr_boot.dispatch}. */
    private static final long BOOT_ABI_VERSION = 0;

    private static final long BOOT_DISPATCH = 8;
    static final int ABI_VERSION = 3;
    private static final int JAVA_VERSION = 25;

    /** Where the upcall's address goes; null once its making has begun. */
    private static final AtomicReference<MemorySegment> dispatchSlot = new AtomicReference<>();

    private Host() {}

    /**
     * Starts Java's side, once per process: the upcall for hot calls is made on a thread of its
     * own, because linking it takes longer than the host's first calls should wait.
     *
     * @param boot address of the {@code mr_boot}, which lives as long as the process
     */
    static void start(long boot) {
        if (Runtime.version().feature() < JAVA_VERSION) {
            throw new MillraceException(
                    ErrorCode.ERR_JAVA_VERSION,
                    "the JVM in this process is "
                            + Runtime.version()
                            + "; Millrace needs "
                            + JAVA_VERSION
                            + " or later");
        }
        var page = bootPage(boot);
        long version = page.get(ValueLayout.JAVA_LONG, BOOT_ABI_VERSION);
        if (version != ABI_VERSION) {
            throw new MillraceException(
                    ErrorCode.ERR_JAVA_START,
                    "the addon speaks millrace.h " + version + ", millrace.jar " + ABI_VERSION);
        }
        dispatchSlot.set(page.asSlice(BOOT_DISPATCH, ValueLayout.JAVA_LONG));
    }

    /**
     * One cold call.
     *
     * @param host address of the caller's {@code mr_host}; 0 = the whole process
     * @param strings a name, then keys and values
     * @return {@code OK}, then keys and values; or an error code and its text
     */
    static String[] cold(long host, String[] strings) {
        try {
            return Operations.run(new Request(Environments.of(host), strings)).strings();
        } catch (Throwable thrown) {
            return Errors.reply(thrown);
        } finally {
            MemorySegment slot = dispatchSlot.getAndSet(null);
            if (slot != null) {
                Linking.inBackground(slot);
            }
        }
    }

    /**
     * One hot call: {@code mr_dispatch_fn}.
     *
     * @return an {@code mr_status}
     */
    static int dispatch(int op, long call) {
        try {
            return Dispatch.run(op, call);
        } catch (Throwable thrown) {
            return Errors.keep(thrown);
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment bootPage(long boot) {
        return MemorySegment.ofAddress(boot).reinterpret(16);
    }
}
