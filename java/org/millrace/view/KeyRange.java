package org.millrace.view;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Which sorted keys are wanted: bounds, direction, how many, and of which part of the log.
 *
 * @param from where reading begins, in its direction
 * @param to where it ends; a key of null = at the end
 * @param upToSeq records behind this one do not count
 */
@SuppressWarnings("exports") // places are made by {@link #of} and looked at by this package
public record KeyRange(
        KeyOrder.Place from, KeyOrder.Place to, boolean reverse, long limit, long upToSeq) {
    /** Every key, in rising order. */
    public static final KeyRange ALL = of(Map.of());

    /**
     * From the options {@code gt gte lt lte} (keys in hexadecimal), {@code reverse}, {@code limit},
     * {@code upTo}.
     *
     * @throws org.millrace.memory.MillraceException ERR_ARGUMENT
     */
    public static KeyRange of(Map<String, String> options) {
        var low = KeyOrder.Place.END;
        var high = KeyOrder.Place.END;
        if (options.containsKey("gte")) {
            low = KeyOrder.Place.before(Options.bytes(options, "gte"));
        } else if (options.containsKey("gt")) {
            low = KeyOrder.Place.behind(Options.bytes(options, "gt"));
        }
        if (options.containsKey("lte")) {
            high = KeyOrder.Place.behind(Options.bytes(options, "lte"));
        } else if (options.containsKey("lt")) {
            high = KeyOrder.Place.before(Options.bytes(options, "lt"));
        }
        boolean reverse = Options.flag(options, "reverse", false);
        double limit = Options.number(options, "limit", -1);
        double upTo = Options.number(options, "upTo", Long.MAX_VALUE);
        return new KeyRange(
                reverse ? high : low,
                reverse ? low : high,
                reverse,
                limit < 0 ? Long.MAX_VALUE : (long) limit,
                (long) upTo);
    }

    /** Whether an entry is still before the end. */
    boolean holds(SortedWalk entry) {
        return to.key() == null
                || to.isBelow(entry.block(), entry.keyAt(), entry.keyLength(), entry.seq())
                        == reverse;
    }

    KeyRange beginAt(KeyOrder.Place place) {
        return new KeyRange(place, to, reverse, limit, upToSeq);
    }

    static KeyRange newestOf(MemorySegment key) {
        return new KeyRange(
                KeyOrder.Place.behind(key), KeyOrder.Place.before(key), true, 1, Long.MAX_VALUE);
    }
}
