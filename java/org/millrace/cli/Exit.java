package org.millrace.cli;

import org.millrace.memory.MillraceException;

/** Exit codes of the command line; `--help` lists them. */
final class Exit {
    static final int FINE = 0;

    /** Damage was found: by verify, or while reading. */
    static final int DAMAGED = 1;

    static final int USAGE = 2;

    /** Anything else; the error's code is on stderr. */
    static final int FAILED = 3;

    /** No such file, record or key. */
    static final int NOT_THERE = 4;

    /** Somebody else has the log open for writing. */
    static final int LOCKED = 5;

    private Exit() {}

    static int of(Throwable thrown) {
        if (!(thrown instanceof MillraceException coded)) {
            return FAILED;
        }
        return switch (coded.code()) {
            case ERR_ARGUMENT -> USAGE;
            case ERR_LOG_CORRUPT, ERR_READ_FAULT -> DAMAGED;
            case ERR_FILE_NOT_FOUND,
                    ERR_SEQ_INVALID,
                    ERR_SEQ_RANGE,
                    ERR_RECORD_DELETED,
                    ERR_KEY_NOT_FOUND ->
                    NOT_THERE;
            case ERR_LOG_LOCKED -> LOCKED;
            default -> FAILED;
        };
    }
}
