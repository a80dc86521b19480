package org.millrace.codec;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Channels as links: {@code #name} strings, and the names under {@code content.channel}.
 *
 * <p>Source: ssb-backlinks 2.1.1, emit-links.js; ssb-ref 2.16.0, normalizeChannel.
 */
public final class Channels {
    /** A channel with its # is shorter than this, in UTF-16 units. */
    private static final int UNITS_MAX = 30;

    private static final String DROPPED = ",.?!<>()[]\"#";

    private Channels() {}

    /**
     * Writes the normal form of a channel link, as {@code #name}, in lower case and without
     * punctuation.
     *
     * @param link of kind CHANNEL or CHANNEL_NAME
     * @return false when nothing is left of it, or too much: then it is no link
     */
    public static boolean normalize(Link link, Scratch out) {
        var name = new StringBuilder("#");
        String lower = link.text().toLowerCase(Locale.ROOT);
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (!isSpace(c) && DROPPED.indexOf(c) < 0) {
                name.append(c);
            }
        }
        if (name.length() == 1 || name.length() >= UNITS_MAX) {
            return false;
        }
        byte[] bytes = name.toString().getBytes(StandardCharsets.UTF_8);
        out.clear();
        out.add(bytes, 0, bytes.length);
        return true;
    }

    /** Whether a string is a channel: # and then neither # nor white space, below 30 characters. */
    static boolean isChannel(byte[] block, int at, int length) {
        if (length < 2 || length >= 3 * UNITS_MAX || block[at] != '#') {
            return false;
        }
        int units = 1;
        int end = at + length;
        for (int p = at + 1; p < end; ) {
            int bytes = Utf8.sequence(block, p, end);
            int c = bytes == 1 ? block[p] : bytes == 4 ? 0xFFFD : unit(block, p, bytes);
            if (c == '#' || isSpace((char) c)) {
                return false;
            }
            units += bytes == 4 ? 2 : 1;
            p += Math.abs(bytes);
        }
        return units < UNITS_MAX;
    }

    private static int unit(byte[] block, int at, int bytes) {
        int unit = block[at] & (bytes == 2 ? 0x1F : 0x0F);
        for (int i = 1; i < bytes; i++) {
            unit = unit << 6 | block[at + i] & 0x3F;
        }
        return unit;
    }

    /** JavaScript's \s. */
    private static boolean isSpace(char c) {
        return switch (c) {
            case '\t', '\n', 0x0B, '\f', '\r', ' ', 0xA0, 0x1680 -> true;
            case 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF -> true;
            default -> c >= 0x2000 && c <= 0x200A;
        };
    }
}
