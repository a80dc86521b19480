package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/** Closes several things although some of them fail; the first failure is told, with the others. */
public final class Closing {
    private Closing() {}

    /** In the order given. */
    public static void all(AutoCloseable... closeables) {
        RuntimeException failure = null;
        for (var closeable : closeables) {
            try {
                closeable.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = unchecked(e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** After something else failed; null is nothing to close. */
    public static void quietly(AutoCloseable closeable, Throwable because) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }

    private static RuntimeException unchecked(Exception e) {
        return e instanceof RuntimeException r
                ? r
                : new MillraceException(ErrorCode.ERR_IO, "close: " + e.getMessage(), e);
    }
}
