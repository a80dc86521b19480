package org.millrace.codec;

import java.util.Arrays;

/**
 * Passes over a CBOR item without looking into it: finds its end and checks that it is well-formed.
 *
 * <p>No recursion: one counter per open level.
 */
final class CborSkip {
    /** Deeper records are no messages: each level costs one byte of input and eight of memory. */
    static final int LEVELS_MAX = 65_536;

    private static final int LEVELS_KEPT = 256;
    private static final long OPEN = -1;

    private final int levelsMax;
    private final CborHead head = new CborHead();

    /** For each open level the items still to come; {@link #OPEN} when a break ends it. */
    private long[] left = new long[LEVELS_KEPT];

    /**
     * For each open level of indefinite length, whether an even number of items must stand in it.
     */
    private boolean[] odd = new boolean[LEVELS_KEPT];

    private boolean[] maps = new boolean[LEVELS_KEPT];

    CborSkip(int levelsMax) {
        this.levelsMax = levelsMax;
    }

    /** Position behind the item at {@code at}; -1 when ill-formed or too deep. */
    int end(byte[] block, int at, int end) {
        int level = 0;
        int p = at;
        do {
            int start = p;
            p = head.readUntagged(block, p, end);
            if (p < 0) {
                return -1;
            }
            if (head.isBreak()) {
                if (p != start + 1 || level == 0 || left[level] != OPEN || odd[level]) {
                    return -1;
                }
                level--;
            } else if (head.major == CborHead.ARRAY || head.major == CborHead.MAP) {
                int each = head.major == CborHead.MAP ? 2 : 1;
                if (!head.fits(p, end, each) || level == levelsMax) {
                    return -1;
                }
                push(++level, head.isIndefinite() ? OPEN : head.argument * each, each == 2);
                if (left[level] != 0) {
                    continue;
                }
                level--;
            } else if (head.major == CborHead.TEXT || head.major == CborHead.BYTES) {
                p = head.stringEnd(block, p, end);
                if (p < 0) {
                    return -1;
                }
            }
            level = counted(level);
        } while (level > 0);
        return p;
    }

    /** An item ended: counts it, and with it all levels that it completes. */
    private int counted(int level) {
        int open = level;
        while (open > 0) {
            if (left[open] == OPEN) {
                odd[open] = maps[open] && !odd[open];
                break;
            }
            if (--left[open] > 0) {
                break;
            }
            open--;
        }
        return open;
    }

    private void push(int level, long items, boolean isMap) {
        if (level == left.length) {
            left = Arrays.copyOf(left, level * 2);
            odd = Arrays.copyOf(odd, level * 2);
            maps = Arrays.copyOf(maps, level * 2);
        }
        left[level] = items;
        odd[level] = false;
        maps[level] = isMap;
    }
}
