package org.millrace.query;

/**
 * An object or array as JSON text that is looked into only when somebody asks; a row that just
 * passes through is never parsed.
 *
 * <p>What is nested deeper than {@link #DEPTH_MAX} is undefined: a hostile message must not end a
 * query.
 */
final class Raw {
    static final int DEPTH_MAX = 128;

    private final String text;
    private Object value;
    private boolean isParsed;

    Raw(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** A List, a Map, or undefined when it is nested too deep. */
    Object value() {
        if (!isParsed) {
            value = JsonReader.lenient(text, DEPTH_MAX);
            isParsed = true;
        }
        return value;
    }
}
