package org.millrace.memory;

/**
 * The one exception of Millrace: a stable {@link ErrorCode} and a message that says what, where,
 * actual against expected, consequence and next step.
 */
public final class MillraceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String detail;

    public MillraceException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public MillraceException(ErrorCode code, String message, Throwable cause) {
        super(code + " " + message, cause);
        this.code = code;
        this.detail = message;
    }

    public ErrorCode code() {
        return code;
    }

    /** The message without the code in front. */
    public String detail() {
        return detail;
    }
}
