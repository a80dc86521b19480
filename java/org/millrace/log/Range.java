package org.millrace.log;

/**
 * Which records a cursor visits, in which order.
 *
 * <p>Bounds are sequences; a lower bound at or below the start of the walk must be the start of a
 * record, because formats whose sequence is a byte offset have no other way to find a frame
 * boundary.
 *
 * @param lower first sequence; -1 = from the beginning
 * @param lowerInclusive false: the record after {@code lower}
 * @param upper last sequence; {@code Long.MAX_VALUE} = to the end
 * @param upperInclusive false: up to the record before {@code upper}
 * @param reverse newest first
 * @param limit records at most; -1 = all
 */
public record Range(
        long lower,
        boolean lowerInclusive,
        long upper,
        boolean upperInclusive,
        boolean reverse,
        long limit) {
    /** Everything, oldest first. */
    public static final Range ALL = new Range(-1, false, Long.MAX_VALUE, true, false, -1);

    /** What was appended after {@code seq}. */
    public static Range after(long seq) {
        return new Range(seq, false, Long.MAX_VALUE, true, false, -1);
    }

    /** Everything, newest first. */
    public static Range newestFirst() {
        return new Range(-1, false, Long.MAX_VALUE, true, true, -1);
    }

    public Range limit(long records) {
        return new Range(lower, lowerInclusive, upper, upperInclusive, reverse, records);
    }
}
