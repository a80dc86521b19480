package org.millrace.query;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a value stands in a record: a path of keys, or one of the two times that stand nowhere but
 * are computed.
 *
 * <p>Equality is written out, here and in {@link Filter}: what a record has of itself is linked
 * when it is first called, which is milliseconds of a process's first query.
 */
record Place(List<String> path) {
    static final Place RECEIVED = of("timestamp");
    static final Place CLAIMED = of("value", "timestamp");
    static final Place SEQUENCE = of("value", "sequence");
    static final Place AUTHOR = of("value", "author");
    static final Place CONTENT = of("value", "content");
    static final Place KEY = of("key");
    static final Place MENTIONS = of("value", "content", "mentions");

    /** ssb-query's {@code rts}: {@code min(timestamp, value.timestamp) || timestamp}. */
    static final Place RTS = of("rts");

    /** jitdb's timestamp: the smaller of both, NaN when one is none. */
    static final Place ASSERTED = of("(asserted)");

    static Place of(String... path) {
        return new Place(List.of(path));
    }

    static Place content(String... path) {
        var whole = new ArrayList<>(CONTENT.path);
        whole.addAll(List.of(path));
        return new Place(List.copyOf(whole));
    }

    Place under(String key) {
        var whole = new ArrayList<>(path);
        whole.add(key);
        return new Place(List.copyOf(whole));
    }

    boolean isComputed() {
        return equals(RTS) || equals(ASSERTED);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Place place && path.equals(place.path);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }

    @Override
    public String toString() {
        return String.join(".", path);
    }
}
