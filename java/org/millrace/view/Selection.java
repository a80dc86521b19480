package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.Map;

/**
 * Which postings of a key are wanted. Bounds are on the order, which the view chose: a timestamp, a
 * feed's message number, or none, and then on the sequence among equal orders.
 *
 * <p>Reusable: a reader moves its bounds from batch to batch. <b>Threads.</b> One.
 */
public final class Selection {
    // Both bounds are exclusive: a posting is wanted when low < (order, seq) < high.
    long lowOrder = Long.MIN_VALUE;
    long lowSeq = -1;
    long highOrder = Long.MAX_VALUE;
    long highSeq = Long.MAX_VALUE;
    boolean reverse;
    boolean live;
    boolean old = true;
    long limit = Long.MAX_VALUE;

    /** Postings with one of these flags; 0 = all. */
    long flags;

    /** Only what was appended after this sequence, and up to that. */
    long afterSeq = -1;

    long upToSeq = Long.MAX_VALUE;

    private Selection() {}

    /** Everything, in rising order. */
    public static Selection all() {
        return new Selection();
    }

    /**
     * From the options {@code gt gte lt lte} (milliseconds), {@code reverse}, {@code limit}, {@code
     * live}, {@code old}, named as flume's modules name them.
     *
     * @throws MillraceException ERR_ARGUMENT
     */
    public static Selection ofTimes(Map<String, String> options) {
        return of(options, Selection::orderOfTime);
    }

    /** The same with bounds that are integers. */
    public static Selection ofIntegers(Map<String, String> options) {
        return of(options, Selection::orderOfInteger);
    }

    /** Of postings of order 0, those from one sequence on and before another. */
    public static Selection ofSeqs(long from, long end) {
        var found = new Selection();
        found.lowOrder = 0;
        found.lowSeq = from - 1;
        found.highOrder = 0;
        found.highSeq = end;
        found.afterSeq = from - 1;
        found.upToSeq = end - 1;
        return found;
    }

    /** An order that sorts as the number does; NaN sorts first. */
    public static long orderOfTime(double ms) {
        if (ms != ms) {
            return Long.MIN_VALUE;
        }
        long bits = Double.doubleToLongBits(ms + 0.0);
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /** Only postings that have one of these flags. */
    public Selection flags(long wanted) {
        flags = wanted;
        return this;
    }

    public Selection reverse(long count) {
        reverse = true;
        limit = count;
        return this;
    }

    /** Only orders from one to the other, both among them. */
    public Selection between(long low, long high) {
        lowOrder = low;
        lowSeq = -1;
        highOrder = high;
        highSeq = Long.MAX_VALUE;
        return this;
    }

    /** Lifts the limit, for who filters what comes; returns what it was. */
    public long takeLimit() {
        long taken = limit;
        limit = Long.MAX_VALUE;
        return taken;
    }

    boolean accepts(long seq, long flagsThere) {
        return seq > afterSeq && seq <= upToSeq && (flags == 0 || (flags & flagsThere) != 0);
    }

    /** Whether every posting between the bounds is wanted: then they can be counted by position. */
    boolean acceptsAll() {
        return flags == 0 && afterSeq < 0 && upToSeq == Long.MAX_VALUE;
    }

    boolean isAboveLow(long order, long seq) {
        return order > lowOrder || order == lowOrder && seq > lowSeq;
    }

    boolean isBelowHigh(long order, long seq) {
        return order < highOrder || order == highOrder && seq < highSeq;
    }

    /** Goes on behind a posting, in the direction of reading. */
    public void behind(long order, long seq) {
        if (reverse) {
            highOrder = order;
            highSeq = seq;
        } else {
            lowOrder = order;
            lowSeq = seq;
        }
    }

    private interface Unit {
        long order(double number);
    }

    private static long orderOfInteger(double number) {
        return (long) number;
    }

    private static Selection of(Map<String, String> options, Unit unit) {
        var found = new Selection();
        if (options.containsKey("gt")) {
            found.lowOrder = unit.order(Options.number(options, "gt", 0));
            found.lowSeq = Long.MAX_VALUE;
        } else if (options.containsKey("gte")) {
            found.lowOrder = unit.order(Options.number(options, "gte", 0));
        }
        if (options.containsKey("lt")) {
            found.highOrder = unit.order(Options.number(options, "lt", 0));
            found.highSeq = -1;
        } else if (options.containsKey("lte")) {
            found.highOrder = unit.order(Options.number(options, "lte", 0));
        }
        found.reverse = Options.flag(options, "reverse", false);
        found.old = Options.flag(options, "old", true);
        found.live = Options.flag(options, "live", !found.old);
        double limit = Options.number(options, "limit", -1);
        found.limit = limit < 0 ? Long.MAX_VALUE : (long) limit;
        if (found.live && found.reverse && found.old) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "live and reverse together: nothing comes before what is newest. Leave one"
                            + " out.");
        }
        return found;
    }
}
