package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Words of texts against the rule written otherwise; that it is V8's, search.test.js shows. */
class TextWordsTest {
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_]{3,}");

    private final Message message = new Message();

    @Test
    void everyCodePointAsItStandsAndEscaped() {
        for (int first = 0; first <= Character.MAX_CODE_POINT; first += 256) {
            var text = new StringBuilder();
            var plain = new StringBuilder();
            var escaped = new StringBuilder();
            for (int c = first; c < first + 256; c++) {
                text.append("Ab").appendCodePoint(c).append("cD e").appendCodePoint(c).append(' ');
                plain.append("Ab").append(plain(c)).append("cD e").append(plain(c)).append(' ');
                escaped.append("Ab").append(escaped(c)).append("cD e").append(escaped(c));
                escaped.append(' ');
            }
            var expected =
                    WORD.matcher(text)
                            .results()
                            .map(found -> found.group().toLowerCase(Locale.ROOT))
                            .toList();
            var shown = "from U+%04X on".formatted(first);
            assertEquals(expected, words(utf8(plain.toString())), shown);
            assertEquals(expected, words(utf8(escaped.toString())), shown);
        }
    }

    @Test
    void bytesThatAreNoUtf8StandBetweenWords() {
        for (int b = 0x80; b < 0x100; b++) {
            byte[] record = record("one#TWO#_3").getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < record.length; i++) {
                record[i] = record[i] == '#' ? (byte) b : record[i];
            }
            assertEquals(List.of("one", "two"), words(record));
        }
    }

    @Test
    void aTextInChunksIsOneText() {
        var head = "a16576616c7565a167636f6e74656e74a16474657874"; // {value: {content: {text:
        var chunks = "7f" + "624f6e" + "63652054" + "63776f21" + "ff"; // On|e T|wo!
        assertEquals(
                List.of("one", "two"),
                words(Encoding.CBOR, HexFormat.of().parseHex(head + chunks)));
    }

    @Test
    void aLongWordCountsWithItsBeginning() {
        for (int length : new int[] {254, 255, 256, 1 << 24}) {
            var long1 = "Aa".repeat(length / 2) + "b".repeat(length % 2);
            var expected = long1.toLowerCase(Locale.ROOT).substring(0, Math.min(255, length));
            assertEquals(List.of("one", expected, "two"), words(utf8("one " + long1 + " two")));
        }
    }

    @Test
    void aQueryHasTheSameWords() {
        var words = new TextWords(3);
        words.begin("One tw THREE\ud800four\u017ffive\u212asix,7_8");
        assertEquals(List.of("one", "three", "four", "five", "six", "7_8"), rest(words));
        words.begin("");
        assertEquals(List.of(), rest(words));
    }

    /** Escaped where JSON has no other way; a lone surrogate has no UTF-8. */
    private static String plain(int c) {
        boolean isSurrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        return isSurrogate || c < 0x20 || c == '"' || c == '\\'
                ? escaped(c)
                : Character.toString(c);
    }

    private static String escaped(int c) {
        var escaped = new StringBuilder();
        for (char unit : Character.toChars(c)) {
            escaped.append("\\u").append(HexFormat.of().toHexDigits(unit));
        }
        return escaped.toString();
    }

    private List<String> words(byte[] record) {
        return words(Encoding.JSON, record);
    }

    private List<String> words(Encoding encoding, byte[] record) {
        var block = MemorySegment.ofArray(record);
        assertTrue(encoding.scanner().scan(block, 0, record.length, message));
        var words = new TextWords(3);
        words.begin(message.span(Field.TEXT));
        return rest(words);
    }

    private static List<String> rest(TextWords words) {
        var found = new ArrayList<String>();
        while (words.next()) {
            byte[] bytes = new byte[words.length()];
            MemorySegment.ofArray(bytes).copyFrom(words.memory().asSlice(0, bytes.length));
            found.add(new String(bytes, StandardCharsets.US_ASCII));
        }
        return found;
    }

    private static byte[] utf8(String text) {
        return record(text).getBytes(StandardCharsets.UTF_8);
    }

    private static String record(String text) {
        return "{\"value\":{\"content\":{\"text\":\"" + text + "\"}}}";
    }
}
