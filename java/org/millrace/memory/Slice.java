package org.millrace.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Borrowed, read-only bytes of one record, and the loan they belong to.
 *
 * <p><b>Threads.</b> One thread: the one the slice was handed to.
 *
 * <p><b>Memory.</b> The bytes belong to whoever lent them (a {@link RecordBatch}, a cursor). The
 * loan ends when the callback returns or the owner moves on; later use throws {@link
 * ErrorCode#ERR_BORROW_EXPIRED}, it never crashes. To keep the bytes, {@link #copy} them. A slice
 * is reused from record to record: do not keep it.
 */
public final class Slice {
    private MemorySegment owner;
    private long start;
    private int length;

    /** Lends nothing yet. */
    public Slice() {}

    /** Lends {@code length} bytes of {@code owner} from {@code start}; called by the owner only. */
    public Slice lend(MemorySegment owner, long start, int length) {
        this.owner = owner.asReadOnly();
        this.start = start;
        this.length = length;
        return this;
    }

    /** Ends the loan; called by the owner only. */
    public void expire() {
        owner = null;
    }

    /** Length in bytes. */
    public int length() {
        check();
        return length;
    }

    public byte get(int index) {
        check();
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException("index " + index + ", length " + length);
        }
        return owner.get(ValueLayout.JAVA_BYTE, start + index);
    }

    /** The bytes as a read-only segment, valid as long as the loan. */
    public MemorySegment segment() {
        check();
        return owner.asSlice(start, length);
    }

    /** A copy on the heap, for keeps. */
    public byte[] copy() {
        return segment().toArray(ValueLayout.JAVA_BYTE);
    }

    private void check() {
        if (owner == null) {
            throw new MillraceException(
                    ErrorCode.ERR_BORROW_EXPIRED,
                    "slice used after its loan ended; copy() the bytes inside the callback to keep"
                            + " them");
        }
    }
}
