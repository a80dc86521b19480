package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.codec.Span;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link Projection} wants of one field of a message: that it is, or is not, there; or one
 * of a few values.
 *
 * <p><b>Threads.</b> One.
 */
final class Condition {
    private final int slot;

    /** Null: the values decide. */
    private final Boolean exists;

    private final TextSet texts;
    private final double[] numbers;
    private final boolean wantsTrue;
    private final boolean wantsFalse;
    private final boolean wantsNull;

    /**
     * From {@code path}, and {@code exists} or {@code is.<n>}: {@code true}, {@code false}, {@code
     * null}, a number after {@code #}, a text after {@code '}.
     */
    Condition(int slot, Map<String, String> options) {
        this.slot = slot;
        exists = options.containsKey("exists") ? Options.flag(options, "exists", true) : null;
        var values = new TreeMap<>(options);
        values.keySet().removeIf(name -> !name.startsWith("is."));
        texts = new TextSet(startingWith("'", values));
        numbers = startingWith("#", values).stream().mapToDouble(Double::parseDouble).toArray();
        wantsTrue = values.containsValue("true");
        wantsFalse = values.containsValue("false");
        wantsNull = values.containsValue("null");
    }

    private static List<String> startingWith(String mark, Map<String, String> values) {
        return values.values().stream()
                .filter(value -> value.startsWith(mark))
                .map(value -> value.substring(1))
                .toList();
    }

    boolean holds(Message message) {
        var span = message.span(slot);
        if (exists != null) {
            return span.isPresent() == exists;
        }
        return switch (span.kind()) {
            case STRING -> texts.contains(span);
            case NUMBER -> isWanted(span);
            case TRUE -> wantsTrue;
            case FALSE -> wantsFalse;
            case NULL -> wantsNull;
            default -> false;
        };
    }

    private boolean isWanted(Span span) {
        double number = span.number();
        for (double wanted : numbers) {
            if (wanted == number) {
                return true;
            }
        }
        return false;
    }
}
