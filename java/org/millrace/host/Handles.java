package org.millrace.host;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/**
 * Numbers that stand for open things (logs, cursors, views) outside Java.
 *
 * <p>A handle is {@code generation << 20 | slot}: a slot is used again, a number never (2^32
 * generations each), so a closed handle is an error and not somebody else's log. Exact in a double.
 *
 * <p><b>Threads.</b> Any; {@link #get} takes no lock.
 *
 * <p><b>Limits.</b> 2^20 - 1 handles open at a time.
 */
final class Handles {
    private static final int SLOT_BITS = 20;
    private static final int SLOTS_MAX = 1 << SLOT_BITS;
    private static final long GENERATIONS = 1L << 32;

    /** What a slot holds; immutable, so that a racing reader sees one or the other. */
    private record Entry(long handle, Object thing, int nextFree) {}

    private static volatile Entry[] slots = new Entry[64];
    private static int used;
    private static int firstFree = -1;

    private Handles() {}

    static synchronized long add(Object thing) {
        int slot = firstFree;
        long generation = 1;
        if (slot >= 0) {
            Entry free = slots[slot];
            firstFree = free.nextFree();
            generation = (free.handle() >>> SLOT_BITS) % (GENERATIONS - 1) + 1;
        } else {
            slot = used == slots.length ? grow() : used;
            used++;
        }
        long handle = generation << SLOT_BITS | slot;
        slots[slot] = new Entry(handle, thing, -1);
        return handle;
    }

    /**
     * The thing behind a handle.
     *
     * @throws MillraceException ERR_HANDLE: closed, never there, or of another type
     */
    static <T> T get(long handle, Class<T> type) {
        int slot = (int) handle & (SLOTS_MAX - 1);
        Entry[] now = slots;
        Entry entry = slot < now.length ? now[slot] : null;
        if (entry == null || entry.handle() != handle || !type.isInstance(entry.thing())) {
            throw new MillraceException(
                    ErrorCode.ERR_HANDLE,
                    "handle "
                            + handle
                            + " is no open "
                            + type.getSimpleName()
                            + ": it was closed, or never opened");
        }
        return type.cast(entry.thing());
    }

    /** Forgets the handle; the caller closes the thing. No-op when it is gone already. */
    static synchronized void remove(long handle) {
        int slot = (int) handle & (SLOTS_MAX - 1);
        if (slot < used && slots[slot].handle() == handle && slots[slot].thing() != null) {
            slots[slot] = new Entry(handle, null, firstFree);
            firstFree = slot;
        }
    }

    private static int grow() {
        if (used == SLOTS_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_OUT_OF_MEMORY, SLOTS_MAX + " handles are open; close some");
        }
        slots = java.util.Arrays.copyOf(slots, Math.min(used * 2, SLOTS_MAX));
        return used;
    }
}
