package org.millrace.query;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.List;
import java.util.Map;

/**
 * What one run of a query may still use: rows it gives, bytes it keeps, time. And whether somebody
 * called it off.
 *
 * <p><b>Threads.</b> {@link #cancel} from any; the rest from the one that runs.
 */
public final class Budget {
    private static final int OBJECT_BYTES = 48;
    private static final int VALUE_BYTES = 16;

    /** Whatever a caller allows: others need the heap too. */
    private static final long HEAP_BYTES = Runtime.getRuntime().maxMemory() / 3;

    private final Limits limits;
    private long spentNanos;
    private long begunAt;
    private long bytes;
    private volatile boolean cancelled;

    Budget(Limits limits) {
        this.limits = limits;
    }

    /** Work begins; between {@link #end} and this no time counts, a reader may be slow. */
    void begin() {
        begunAt = System.nanoTime();
    }

    void end() {
        spentNanos += System.nanoTime() - begunAt;
    }

    void cancel() {
        cancelled = true;
    }

    /**
     * Now and then, from every loop.
     *
     * @throws MillraceException ERR_CANCELLED, ERR_QUERY_LIMIT
     */
    void check() {
        if (cancelled) {
            throw new MillraceException(ErrorCode.ERR_CANCELLED, "the query was called off");
        }
        long nanos = spentNanos + System.nanoTime() - begunAt;
        if (limits.millis() > 0 && nanos / 1_000_000 >= limits.millis()) {
            throw limit("took longer than timeoutMs=" + limits.millis());
        }
    }

    /** A value is kept until the end. */
    void take(Object value) {
        take(size(value));
    }

    /** What something is sorted by is kept until the end. */
    void takeKeys(Object[] keys) {
        take(OBJECT_BYTES);
        for (Object key : keys) {
            take(key);
        }
    }

    void take(long more) {
        bytes += more;
        if (bytes > limits.bytes()) {
            throw limit("keeps more than bytesMax=" + limits.bytes() + " in memory");
        }
        if (bytes > HEAP_BYTES) {
            throw limit(
                    "keeps more than a third of Java's heap, "
                            + (HEAP_BYTES >>> 20)
                            + " MB (start option maxHeapMb)");
        }
    }

    void row(long count) {
        if (count > limits.rows()) {
            throw limit("gives more than rowsMax=" + limits.rows() + " rows");
        }
    }

    private static MillraceException limit(String what) {
        return new MillraceException(
                ErrorCode.ERR_QUERY_LIMIT,
                "the query " + what + "; ask for less, or raise the limit");
    }

    private static long size(Object value) {
        return switch (value) {
            case String text -> OBJECT_BYTES + text.length() * 2L;
            case Raw raw -> OBJECT_BYTES + raw.text().length() * 2L;
            case List<?> list -> OBJECT_BYTES + list.stream().mapToLong(Budget::size).sum();
            case Map<?, ?> map -> {
                long sum = OBJECT_BYTES;
                for (var entry : map.entrySet()) {
                    sum += OBJECT_BYTES + size(entry.getValue());
                }
                yield sum;
            }
            case null, default -> VALUE_BYTES;
        };
    }

    /**
     * @param rows given at most
     * @param bytes kept at most, while sorting, grouping or collecting
     * @param millis of work; 0 = any. What a live query does later does not count
     */
    public record Limits(long rows, long bytes, long millis) {
        public static final Limits DEFAULT = new Limits(Long.MAX_VALUE, 32L << 20, 60_000);

        Limits withoutTime() {
            return new Limits(rows, bytes, 0);
        }
    }
}
