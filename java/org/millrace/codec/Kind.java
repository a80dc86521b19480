package org.millrace.codec;

/** What kind of value stands at a path; the same for every encoding. */
public enum Kind {
    /** No such path, or the value is JavaScript's {@code undefined} (bipf and CBOR have it). */
    MISSING,
    NULL,
    FALSE,
    TRUE,
    /** A JavaScript number: a double, whatever the encoding stored. */
    NUMBER,
    STRING,
    OBJECT,
    ARRAY,
    /** Raw bytes: a bipf buffer or a CBOR byte string. JSON has none. */
    BYTES
}
