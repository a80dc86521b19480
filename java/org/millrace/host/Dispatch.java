package org.millrace.host;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** The hot operations: reads the page, finds the thing behind the handle, calls it. */
final class Dispatch {
    private Dispatch() {}

    /** One call; whatever it throws is the caller's to turn into a status. */
    static int run(int op, long call) {
        switch (op) {
            case CallPage.OP_APPEND -> log(call).append(call);
            case CallPage.OP_GET -> log(call).get(call);
            case CallPage.OP_NEXT -> handle(call, HostCursor.class).next(call);
            case CallPage.OP_STATE -> handle(call, HasState.class).state(call);
            case CallPage.OP_DELETE -> log(call).delete(call);
            case CallPage.OP_DRAIN -> log(call).drain(call);
            case CallPage.OP_VIEW_APPEND -> handle(call, HostView.class).append(call);
            case CallPage.OP_VIEW_GET -> handle(call, HostView.class).get(call);
            case CallPage.OP_OPEN -> log(call).open(call);
            case CallPage.OP_ERROR -> error(call);
            default -> throw Errors.argument("no hot operation " + op);
        }
        return 0;
    }

    private static HostLog log(long call) {
        return handle(call, HostLog.class);
    }

    private static <T> T handle(long call, Class<T> type) {
        return Handles.get(CallPage.number(call, CallPage.HANDLE), type);
    }

    private static void error(long call) {
        var text = MemorySegment.ofArray(Errors.last().getBytes(StandardCharsets.UTF_8));
        MemorySegment to = CallPage.data(call);
        if (text.byteSize() > to.byteSize()) {
            CallPage.set(call, CallPage.NEEDED, text.byteSize());
            text = text.asSlice(0, to.byteSize());
        }
        to.copyFrom(text);
        CallPage.set(call, CallPage.USED, text.byteSize());
    }
}
