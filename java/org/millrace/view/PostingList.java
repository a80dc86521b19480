package org.millrace.view;

import java.util.Arrays;

/**
 * Postings of one key, gathered to be sorted: by order, then by sequence.
 *
 * <p><b>Threads.</b> One.
 *
 * <p><b>Memory.</b> 16 bytes a posting on the heap, as much again while a list that was out of
 * order is sorted.
 */
public final class PostingList {
    /** In one long: the sequence above the flags. */
    static final int FLAG_BITS = 10;

    static final long FLAGS_MASK = (1 << FLAG_BITS) - 1;

    private long[] orders = new long[16];
    private long[] places = new long[16];
    private int size;

    /** Empty. */
    public PostingList() {}

    void clear() {
        size = 0;
    }

    public int size() {
        return size;
    }

    public long order(int i) {
        return orders[i];
    }

    public long seq(int i) {
        return places[i] >>> FLAG_BITS;
    }

    public long flags(int i) {
        return places[i] & FLAGS_MASK;
    }

    long place(int i) {
        return places[i];
    }

    static long place(long seq, long flags) {
        return seq << FLAG_BITS | flags;
    }

    void add(long order, long place) {
        if (size == orders.length) {
            orders = Arrays.copyOf(orders, size * 2);
            places = Arrays.copyOf(places, size * 2);
        }
        orders[size] = order;
        places[size++] = place;
    }

    /** Sorts by sequence alone. */
    void sortBySeq() {
        Arrays.fill(orders, 0, size, 0);
        sort(0);
    }

    /** Of the sorted postings from {@code from} on, keeps the first or the last {@code max}. */
    void keep(int from, int max, boolean last) {
        int over = size - from - max;
        if (over <= 0) {
            return;
        }
        if (last) {
            System.arraycopy(orders, from + over, orders, from, max);
            System.arraycopy(places, from + over, places, from, max);
        }
        size = from + max;
    }

    void reverseFrom(int from) {
        for (int i = from, j = size - 1; i < j; i++, j--) {
            swap(i, j);
        }
    }

    /** Sorts what stands from {@code from} on; a merge sort, so nobody's input makes it slow. */
    void sort(int from) {
        int ordered = from + 1;
        while (ordered < size && !isBelow(orders, places, ordered, ordered - 1)) {
            ordered++;
        }
        if (ordered >= size) {
            return;
        }
        long[] fromOrders = orders;
        long[] fromPlaces = places;
        long[] toOrders = orders.clone();
        long[] toPlaces = places.clone();
        for (int width = 1; width < size - from; width *= 2) {
            for (int low = from; low < size; low += 2 * width) {
                int middle = Math.min(low + width, size);
                int end = Math.min(low + 2 * width, size);
                merge(fromOrders, fromPlaces, low, middle, end, toOrders, toPlaces);
            }
            long[] orderSwap = fromOrders;
            fromOrders = toOrders;
            toOrders = orderSwap;
            long[] placeSwap = fromPlaces;
            fromPlaces = toPlaces;
            toPlaces = placeSwap;
        }
        orders = fromOrders;
        places = fromPlaces;
    }

    private static void merge(
            long[] fromOrders,
            long[] fromPlaces,
            int low,
            int middle,
            int end,
            long[] toOrders,
            long[] toPlaces) {
        int left = low;
        int right = middle;
        for (int to = low; to < end; to++) {
            boolean takeRight =
                    left == middle || right < end && isBelow(fromOrders, fromPlaces, right, left);
            int taken = takeRight ? right++ : left++;
            toOrders[to] = fromOrders[taken];
            toPlaces[to] = fromPlaces[taken];
        }
    }

    private static boolean isBelow(long[] orders, long[] places, int a, int b) {
        return orders[a] < orders[b] || orders[a] == orders[b] && places[a] < places[b];
    }

    private void swap(int i, int j) {
        long order = orders[i];
        orders[i] = orders[j];
        orders[j] = order;
        long place = places[i];
        places[i] = places[j];
        places[j] = place;
    }
}
