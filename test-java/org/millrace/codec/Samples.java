package org.millrace.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Real messages (messages.jsonl: two hundred of as many shapes as ssb-fixtures makes) and ways to
 * damage records.
 */
final class Samples {
    private static final List<byte[]> MESSAGES = read();

    private Samples() {}

    static List<byte[]> messages() {
        return MESSAGES;
    }

    /**
     * Bytes as text with Node's replacements. Java's differ in one case: of an encoded surrogate
     * (ED A0 80) Java makes one U+FFFD, Node three.
     */
    static String text(byte[] bytes) {
        byte[] copy = bytes.clone();
        for (int i = 0; i + 1 < copy.length; i++) {
            if (isSurrogate(copy, i)) {
                copy[i] = (byte) 0xFF;
            }
        }
        return new String(copy, StandardCharsets.UTF_8);
    }

    static boolean hasSurrogate(byte[] bytes) {
        for (int i = 0; i + 1 < bytes.length; i++) {
            if (isSurrogate(bytes, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSurrogate(byte[] bytes, int at) {
        return bytes[at] == (byte) 0xED && (bytes[at + 1] & 0xE0) == 0xA0;
    }

    /** A random record with one to three bit flips, cuts, splices, doublings or swapped bytes. */
    static byte[] damage(List<byte[]> records, Random random) {
        byte[] record = records.get(random.nextInt(records.size())).clone();
        for (int i = 1 + random.nextInt(3); i > 0 && record.length > 0; i--) {
            int at = random.nextInt(record.length);
            switch (random.nextInt(6)) {
                case 0, 1 -> record[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> record = Arrays.copyOf(record, at);
                case 3 -> {
                    byte[] other = records.get(random.nextInt(records.size()));
                    int from = random.nextInt(other.length);
                    record =
                            join(
                                    Arrays.copyOf(record, at),
                                    Arrays.copyOfRange(other, from, other.length));
                }
                case 4 -> {
                    int to = at + random.nextInt(Math.min(200, record.length - at));
                    byte[] again = Arrays.copyOfRange(record, at, record.length);
                    record = join(Arrays.copyOf(record, to), again);
                }
                default -> record[at] = INTERESTING[random.nextInt(INTERESTING.length)];
            }
        }
        return record;
    }

    private static final byte[] INTERESTING =
            "\"\\{}[],:0-.eu\n\t\u007f #@%&".getBytes(StandardCharsets.UTF_8);

    private static byte[] join(byte[] a, byte[] b) {
        byte[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    private static List<byte[]> read() {
        try (var in = Samples.class.getResourceAsStream("messages.jsonl")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.getBytes(StandardCharsets.UTF_8))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
