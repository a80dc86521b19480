package org.millrace.codec;

import org.millrace.storage.Entropy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The keys, in the objects that are open, whose values held links; so that a second key of the same
 * text can void the links of the first.
 *
 * <p>A stack: an object's keys stand behind its parent's. The first {@link #LINEAR} keys of an
 * object are compared one by one; a hostile object with more is looked up by a keyed hash, so that
 * time stays linear in the record's length.
 *
 * <p><b>Limits.</b> No more keys than {@link Message#LINKS_MAX}: each has a link.
 */
final class KeyLedger {
    private static final int LINEAR = 32;
    private static final int KEPT = 1024;
    private static final long SEED = Entropy.nextLong();

    private long[] heads = new long[LINEAR];
    private int[] offsets = new int[LINEAR];
    private int[] lengths = new int[LINEAR];
    private int[] forms = new int[LINEAR];
    private int[] linkStarts = new int[LINEAR];
    private int[] linkEnds = new int[LINEAR];
    private int size;

    /** Keys behind the first {@link #LINEAR} of their object: hash and object to place. */
    private final Map<Place, Integer> places = new HashMap<>();

    private final Scratch one = new Scratch(true);
    private final Scratch other = new Scratch(true);
    private Message message;
    private boolean removed;

    private record Place(int start, long hash) {}

    void begin(Message message) {
        this.message = message;
        size = 0;
        removed = false;
        if (!places.isEmpty()) {
            places.clear();
        }
        if (offsets.length > KEPT) {
            resize(LINEAR);
        }
    }

    int size() {
        return size;
    }

    /** Whether links were marked missing. */
    boolean hasRemoved() {
        return removed;
    }

    /** Forgets the keys of an object that ends. */
    void truncate(int start) {
        size = start;
    }

    /** Notes a key of the innermost object; its value held the links of {@code from .. to}. */
    void add(int start, int at, int length, int form, int from, int to) {
        if (size == offsets.length) {
            resize(size * 2);
        }
        heads[size] = head(at, length, form);
        offsets[size] = at;
        lengths[size] = length;
        forms[size] = form;
        linkStarts[size] = from;
        linkEnds[size] = to;
        if (size - start >= LINEAR) {
            places.put(new Place(start, hash(at, length, form)), size);
        }
        size++;
    }

    /**
     * Voids the links of the key with this text in the object whose keys begin at {@code start}.
     */
    void removeEqual(int start, int at, int length, int form) {
        long head = head(at, length, form);
        int linearEnd = Math.min(size, start + LINEAR);
        for (int i = start; i < linearEnd; i++) {
            if (heads[i] == head && isEqual(i, at, length, form)) {
                remove(i);
                return;
            }
        }
        if (size > linearEnd) {
            Integer place = places.get(new Place(start, hash(at, length, form)));
            if (place != null && place < size && isEqual(place, at, length, form)) {
                remove(place);
            }
        }
    }

    private boolean isEqual(int place, int at, int length, int form) {
        if (lengths[place] < 0) {
            return false;
        }
        byte[] block = message.bytes();
        if ((form | forms[place]) == Span.PLAIN) {
            return Words.equal(block, offsets[place], lengths[place], block, at, length);
        }
        decode(offsets[place], lengths[place], forms[place], one);
        decode(at, length, form, other);
        return Words.equal(one.bytes(), 0, one.length(), other.bytes(), 0, other.length());
    }

    private void remove(int place) {
        for (int i = linkStarts[place]; i < linkEnds[place]; i++) {
            message.linkUnchecked(i).remove();
        }
        lengths[place] = -1;
        removed = true;
    }

    /** The first eight bytes of the key's text. */
    private long head(int at, int length, int form) {
        if (form == Span.PLAIN) {
            return Words.head(message.bytes(), at, length);
        }
        decode(at, length, form, one);
        return Words.head(one.bytes(), 0, one.length());
    }

    private long hash(int at, int length, int form) {
        if (form == Span.PLAIN) {
            return Words.hash(message.bytes(), at, length, SEED);
        }
        decode(at, length, form, one);
        return Words.hash(one.bytes(), 0, one.length(), SEED);
    }

    private void decode(int at, int length, int form, Scratch into) {
        into.clear();
        Texts.decode(message.bytes(), at, length, form, into);
    }

    private void resize(int capacity) {
        heads = Arrays.copyOf(heads, capacity);
        offsets = Arrays.copyOf(offsets, capacity);
        lengths = Arrays.copyOf(lengths, capacity);
        forms = Arrays.copyOf(forms, capacity);
        linkStarts = Arrays.copyOf(linkStarts, capacity);
        linkEnds = Arrays.copyOf(linkEnds, capacity);
    }
}
