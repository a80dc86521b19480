package org.millrace.codec;

/** Joins the chunks of a CBOR text of indefinite length. */
final class CborText {
    private CborText() {}

    /**
     * Adds the text; the bytes are chunks with their heads, without the break. Each chunk is a text
     * of its own (RFC 8949, 3.2.3): a character cut in two is two ill-formed ones.
     */
    static void join(byte[] block, int at, int length, Scratch out) {
        var head = new CborHead();
        int end = at + length;
        for (int p = at; p < end; ) {
            p = head.read(block, p, end);
            out.addRepaired(block, p, (int) head.argument);
            p += (int) head.argument;
        }
    }
}
