package org.millrace.codec;

/**
 * An object or array that a {@link Walk} is inside of. A chain that grows as records are nested
 * deeper, and is used again for the next one: the walk holds its innermost frame, so that what is
 * asked for at every key and value needs no table.
 */
final class Frame {
    final Frame outer;

    /** How many frames stand around this one; 0 is what holds the record itself. */
    final int depth;

    /** Where the paths have led; null when no path goes through here. */
    Paths.Node node;

    boolean isArray;

    /** Of the array's next element. */
    int index;

    /** In the content, for {@link ContentKeys}: the current key; without one yet, no length. */
    int keyAt;

    int keyLength;
    int keyForm;

    /** Links of the message that stood before the current key. */
    int links;

    /** Where the object's keys begin in the ledger. */
    int ledgerStart;

    private Frame inner;

    private Frame(Frame outer) {
        this.outer = outer;
        depth = outer == null ? 0 : outer.depth + 1;
    }

    static Frame outermost() {
        return new Frame(null);
    }

    /** The frame inside of this one, for an object or array that begins. */
    Frame open(Paths.Node at, boolean array) {
        if (inner == null) {
            inner = new Frame(this);
        }
        inner.node = at;
        inner.isArray = array;
        inner.index = 0;
        return inner;
    }

    /** What {@link #open} gave last. */
    Frame inner() {
        return inner;
    }
}
