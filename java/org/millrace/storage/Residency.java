package org.millrace.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Asks the operating system which pages of a mapping are in memory. */
final class Residency {
    private static final long PAGE_BYTES = Platform.PAGE_BYTES;
    private static final long ASK_PAGES = 256;

    private Residency() {}

    /**
     * True when every page of the range is in memory, or nobody can tell (then waiting elsewhere
     * would be no better).
     */
    static boolean isResident(Mapping mapping, long offset, long length) {
        long end = offset + length;
        try (var arena = Arena.ofConfined()) {
            var pages = arena.allocate(ASK_PAGES);
            long at = offset & -PAGE_BYTES; // windows start at multiples of a page
            while (at < end) {
                long ask = Math.min(end - at, ASK_PAGES * PAGE_BYTES);
                ask = Math.min(ask, Mapping.WINDOW_BYTES - at % Mapping.WINDOW_BYTES);
                long address = mapping.addressOf(at);
                if (address == 0 || Libc.mincore(address, ask, pages.address()) != 0) {
                    return true;
                }
                for (long page = 0; page * PAGE_BYTES < ask; page++) {
                    if ((pages.get(ValueLayout.JAVA_BYTE, page) & 1) == 0) {
                        return false;
                    }
                }
                at += ask;
            }
            return true;
        }
    }
}
