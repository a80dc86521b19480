package org.millrace.codec;

/** The text of a string in any of the forms that {@link Span} knows, as UTF-8. */
final class Texts {
    private Texts() {}

    /** Adds the text to {@code out}. The string is well-formed: a scanner has passed it. */
    static void decode(byte[] block, int at, int length, int form, Scratch out) {
        if ((form & Span.CBOR_CHUNKS) != 0) {
            CborText.join(block, at, length, out);
        } else if ((form & Span.JSON_ESCAPES) != 0) {
            JsonText.unescape(block, at, at + length, Integer.MAX_VALUE, out);
        } else if ((form & Span.NOT_ASCII) != 0) {
            out.addRepaired(block, at, length);
        } else {
            out.add(block, at, length);
        }
    }

    /** Adds the text's beginning, at least {@code wanted} bytes of it or all. */
    static void decodeHead(byte[] block, int at, int length, int form, int wanted, Scratch out) {
        if ((form & ~Span.NOT_ASCII) == Span.JSON_ESCAPES) {
            JsonText.unescape(block, at, at + length, wanted, out);
        } else {
            decode(block, at, length, form, out);
        }
    }
}
