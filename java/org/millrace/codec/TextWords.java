package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The words of a text, one after the other, in lower case: runs of ASCII letters, digits and
 * underscores. That is what JavaScript's {@code /\w+/ig} finds; no other character is one of these
 * when case is ignored, not even U+017F and U+212A. All else stands between words.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> A word; the text is borrowed until its last one, and copied only when it stands
 * in chunks.
 *
 * <p><b>Limits.</b> A word counts with its first {@value #WORD_BYTES_MAX} letters.
 */
public final class TextWords {
    public static final int WORD_BYTES_MAX = 255;

    private static final byte[] NONE = {};

    /** By byte: the letter in lower case, 0 = none. */
    private static final byte[] LETTERS = new byte[256];

    static {
        for (char c = 0; c < 128; c++) {
            boolean isLetter = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_';
            LETTERS[c] = (byte) (isLetter ? c : c >= 'A' && c <= 'Z' ? c | 0x20 : 0);
        }
    }

    private final int shortest;
    private final Scratch joined = new Scratch();
    private final byte[] word = new byte[WORD_BYTES_MAX + Words.SPARE];
    private final MemorySegment memory = MemorySegment.ofArray(word);
    private byte[] text = NONE;
    private boolean hasEscapes;
    private int at;
    private int end;
    private int length;

    /** Words of so many letters, at least. */
    public TextWords(int shortest) {
        this.shortest = shortest;
    }

    /** Begins with a string of a message. */
    public void begin(Span string) {
        if ((string.form() & Span.CBOR_CHUNKS) != 0) {
            string.decode(joined);
            begin(joined.bytes(), 0, joined.length(), false);
        } else {
            boolean isJson = (string.form() & Span.JSON_ESCAPES) != 0;
            begin(string.bytes(), string.at(), string.length(), isJson);
        }
    }

    public void begin(String string) {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        begin(bytes, 0, bytes.length, false);
    }

    /** Goes on to the next word; false when there is none. */
    public boolean next() {
        while (at < end) {
            int count = 0;
            for (byte letter = letter(); letter != 0; letter = at < end ? letter() : 0) {
                if (count < WORD_BYTES_MAX) {
                    word[count] = letter;
                }
                count++;
            }
            if (count >= shortest) {
                length = Math.min(count, WORD_BYTES_MAX);
                return true;
            }
        }
        text = NONE;
        return false;
    }

    /** The next character, in lower case; 0 when it is no letter. */
    private byte letter() {
        int c = text[at++] & 0xFF;
        return c == '\\' && hasEscapes ? escapedLetter() : LETTERS[c];
    }

    /** Of the escapes, only {@code \\u} and four digits can be a letter. */
    private byte escapedLetter() {
        if (text[at++] != 'u') {
            return 0;
        }
        int unit = JsonText.unit(text, at);
        at += 4;
        return unit < 128 ? LETTERS[unit] : 0;
    }

    /** The word stands at 0 .. {@link #length} of this, until the next one. */
    public MemorySegment memory() {
        return memory;
    }

    public int length() {
        return length;
    }

    private void begin(byte[] bytes, int from, int count, boolean isJson) {
        text = bytes;
        hasEscapes = isJson;
        at = from;
        end = from + count;
    }
}
