package org.millrace.codec;

/** How a record's bytes are to be read. The user says so; it is never guessed from the bytes. */
public enum Encoding {
    JSON;

    /** A new scanner for this encoding; one per thread. */
    public Scanner scanner() {
        return new JsonScanner();
    }
}
