package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a scan or an oracle found in a record, as sorted lines of text that can be compared.
 *
 * <p>{@code value.content.type STRING post} for a field, {@code link MESSAGE direct root %…} for a
 * link. Missing fields have no line. vectors.js writes the same lines in JavaScript.
 */
final class Found {
    /** The paths beside the built-in fields that all tests ask for; vectors.js has them too. */
    static final List<String[]> PATHS =
            List.of(
                    new String[] {"value", "content", "name"},
                    new String[] {"value", "content", "image", "link"},
                    new String[] {"value", "content", "mentions", "0"},
                    new String[] {"value", "content", "mentions", "1", "link"},
                    new String[] {"value", "content", "__proto__", "x"},
                    new String[] {"value", "content", "na\u00efve"},
                    new String[] {"value", "content", "\ufffd"},
                    new String[] {"value", "content", "exactly8"},
                    new String[] {"value", "content", "averyveryverylongkey"},
                    new String[] {"value", "content", ""},
                    new String[] {"value", "meta", "private"},
                    new String[] {"0", "1", "2"});

    private static final Paths ALL = new Paths();

    static {
        PATHS.forEach(ALL::add);
    }

    private Found() {}

    static Message message() {
        return new Message(ALL);
    }

    /** Every path asked for, in the order of its slots. */
    static List<String[]> paths() {
        var paths = new ArrayList<String[]>();
        for (Field field : Field.values()) {
            paths.add(field.path());
        }
        paths.addAll(PATHS);
        return paths;
    }

    /** Scans a copy that stands in the middle, or at the very end, of a larger block. */
    static List<String> scan(Scanner scanner, byte[] record, int before, int after) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(before + record.length + after);
            block.fill((byte) '"');
            MemorySegment.copy(record, 0, block, ValueLayout.JAVA_BYTE, before, record.length);
            var message = message();
            boolean isMessage = scanner.scan(block, before, record.length, message);
            var lines = isMessage ? lines(message) : null;
            var fields = Message.withoutLinks(ALL);
            isMessage = scanner.scan(block, before, record.length, fields);
            assertEquals(withoutLinks(lines), isMessage ? lines(fields) : null, "without links");
            return lines;
        }
    }

    private static List<String> withoutLinks(List<String> lines) {
        return lines == null
                ? null
                : lines.stream().filter(line -> !line.startsWith("link ")).toList();
    }

    static List<String> lines(Message message) {
        var lines = new ArrayList<String>();
        for (String[] path : paths()) {
            var span = message.span(ALL.add(path));
            switch (span.kind()) {
                case MISSING -> {}
                case STRING -> lines.add(field(path, "STRING " + span.text()));
                case NUMBER -> lines.add(field(path, "NUMBER " + number(span.number())));
                default -> lines.add(field(path, span.kind().name()));
            }
        }
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            lines.add(
                    link(
                            link.ref(),
                            link.direct(),
                            link.hasQuery(),
                            link.relationKey().text(),
                            link.text()));
        }
        lines.add("private " + message.isPrivate());
        Collections.sort(lines);
        return lines;
    }

    static String field(String[] path, String value) {
        return String.join(".", path) + " " + value;
    }

    /** The bits of the double; zero has no sign here, as some oracles lose it. */
    static String number(double value) {
        return String.format("%016x", Double.doubleToLongBits(value + 0.0));
    }

    static String link(RefKind ref, boolean direct, boolean query, String key, String text) {
        return "link "
                + ref
                + (direct ? " direct" : "")
                + (query ? " query" : "")
                + " "
                + key
                + " "
                + text;
    }
}
