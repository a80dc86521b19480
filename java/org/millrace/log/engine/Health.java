package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/**
 * Why a log takes no more appends, if so. The first fatal failure stays until the log is reopened;
 * a full disk is remembered only as long as it lasts.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Health {
    private volatile MillraceException fatal;
    private volatile MillraceException passing;

    /** Remembers a failure that only reopening cures; the first one wins. */
    public synchronized MillraceException fail(ErrorCode code, String message, Throwable cause) {
        if (fatal == null) {
            fatal = new MillraceException(code, message, cause);
        }
        return fatal;
    }

    /** A background write failed and will be tried again; null = it succeeded. */
    public void passing(MillraceException failure) {
        if (passing != failure) {
            passing = failure;
        }
    }

    /** Throws when appends are over. A fresh exception, so that its stack is the caller's. */
    public void check() {
        var failure = fatal;
        if (failure != null) {
            throw again(failure);
        }
    }

    public boolean isFatal() {
        return fatal != null;
    }

    public boolean syncFailed() {
        var failure = fatal;
        return failure != null && failure.code() == ErrorCode.ERR_LOG_SYNC_FAILED;
    }

    public MillraceException failure() {
        return fatal != null ? fatal : passing;
    }

    private static MillraceException again(MillraceException failure) {
        String code = failure.code() + " ";
        return new MillraceException(
                failure.code(), failure.getMessage().substring(code.length()), failure);
    }
}
