package org.millrace.codec;

/** How a record's bytes are to be read. The user says so; it is never guessed from the bytes. */
public enum Encoding {
    JSON,
    BIPF,
    CBOR;

    /** A new scanner for this encoding; one per thread. */
    public Scanner scanner() {
        return switch (this) {
            case JSON -> new JsonScanner();
            case BIPF -> new BipfScanner();
            case CBOR -> new CborScanner();
        };
    }

    /** For tests and measurements: JSON without the fast path for the canonical key order. */
    public static Scanner generalJsonScanner() {
        return new JsonScanner(false);
    }
}
