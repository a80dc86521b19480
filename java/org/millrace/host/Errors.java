package org.millrace.host;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/**
 * What leaves Java when something fails: a code and a text. Nothing may be thrown past the two
 * entries of {@link Host}, so everything here copes with an exhausted heap and an exhausted stack.
 *
 * <p><b>Threads.</b> The text is kept per thread; the next failure on the thread replaces it.
 */
final class Errors {
    private static final ThreadLocal<String> LAST = new ThreadLocal<>();
    private static final String[] NO_ROOM = {
        ErrorCode.ERR_OUT_OF_MEMORY.name(),
        "ERR_OUT_OF_MEMORY Java has no heap, or no stack, left to say what failed"
    };

    private Errors() {}

    static MillraceException argument(String message) {
        return new MillraceException(ErrorCode.ERR_ARGUMENT, message);
    }

    /**
     * No switch over types: the first one links itself, for which an exhausted heap has no room.
     */
    static ErrorCode code(Throwable thrown) {
        if (thrown instanceof MillraceException ours) {
            return ours.code();
        }
        return thrown instanceof OutOfMemoryError
                ? ErrorCode.ERR_OUT_OF_MEMORY
                : ErrorCode.ERR_INTERNAL;
    }

    /** What users read. */
    static String text(Throwable thrown) {
        return switch (thrown) {
            case MillraceException ours -> ours.getMessage();
            case OutOfMemoryError full ->
                    "ERR_OUT_OF_MEMORY Java heap (-Xmx, start option maxHeapMb) or off-heap memory:"
                            + " "
                            + full.getMessage();
            case StackOverflowError deep ->
                    "ERR_INTERNAL Java ran out of stack: the call came from too deep a recursion";
            default -> "ERR_INTERNAL " + thrown + at(thrown);
        };
    }

    /** What a cold call answers. */
    static String[] reply(Throwable thrown) {
        try {
            return new String[] {code(thrown).name(), text(thrown)};
        } catch (Throwable worse) {
            return NO_ROOM;
        }
    }

    /** Keeps the text for MR_OP_ERROR and returns the status. */
    static int keep(Throwable thrown) {
        int status = code(thrown).status();
        try {
            LAST.set(text(thrown));
        } catch (Throwable worse) {
            // No heap or no stack for the text; the status alone must do.
        }
        return status;
    }

    /** Text of this thread's last failure; "" when there was none. */
    static String last() {
        String text = LAST.get();
        return text == null ? "" : text;
    }

    private static String at(Throwable thrown) {
        var frames = thrown.getStackTrace();
        return frames.length == 0 ? "" : " at " + frames[0];
    }
}
