package org.millrace.log.wal;

import java.util.ArrayList;
import java.util.List;

/**
 * The segments of a log in order. Readers take the list as it is; changes replace it.
 *
 * <p><b>Threads.</b> Any.
 */
final class WalSegments {
    private volatile List<WalSegment> all;

    WalSegments(List<WalSegment> all) {
        this.all = List.copyOf(all);
    }

    List<WalSegment> all() {
        return all;
    }

    WalSegment first() {
        return all.getFirst();
    }

    WalSegment last() {
        return all.getLast();
    }

    /** The segment whose range holds the sequence; null when it is before the first. */
    WalSegment find(long sequence) {
        var segments = all;
        int low = 0;
        int high = segments.size() - 1;
        if (sequence < segments.getFirst().firstSequence()) {
            return null;
        }
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (segments.get(middle).firstSequence() <= sequence) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return segments.get(low);
    }

    /** The segment behind this one, or null. */
    WalSegment after(WalSegment segment) {
        var segments = all;
        long next = segment.header().segmentNumber() + 1;
        long at = next - segments.getFirst().header().segmentNumber();
        return at >= 0 && at < segments.size() ? segments.get((int) at) : null;
    }

    synchronized void add(WalSegment segment) {
        var more = new ArrayList<>(all);
        more.add(segment);
        all = List.copyOf(more);
    }

    synchronized void removeFirst() {
        all = List.copyOf(all.subList(1, all.size()));
    }

    /** Puts another file of the same range in a segment's place; false when it is gone. */
    synchronized boolean replace(WalSegment old, WalSegment with) {
        var changed = new ArrayList<>(all);
        int at = changed.indexOf(old);
        if (at < 0) {
            return false;
        }
        changed.set(at, with);
        all = List.copyOf(changed);
        return true;
    }
}
