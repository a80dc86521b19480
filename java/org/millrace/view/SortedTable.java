package org.millrace.view;

import org.millrace.format.SortedBlock;
import org.millrace.format.SortedFence;
import org.millrace.format.TableHeader;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.storage.StoredFile;
import org.millrace.view.KeyOrder.Place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A table of sorted keys.
 *
 * <p><b>Memory.</b> Fences are 32 bytes and a key for each 4 KiB.
 */
final class SortedTable extends StoredTable {
    /** Where each fence begins. */
    private final int[] starts;

    private SortedTable(StoredFile file, TableEntry entry, TableHeader header) {
        super(file, entry, header);
        starts = new int[header.blocks()];
    }

    /** Takes over the file; null when it is not the one that the manifest means. */
    static SortedTable open(StoredFile file, TableEntry entry) {
        return open(file, entry, TableHeader.Kind.KEYS, SortedTable::new);
    }

    @Override
    void fencesAreThere() {
        int at = 0;
        for (int block = 0; block < starts.length; block++) {
            starts[block] = at;
            at += SortedFence.KEY + keyLength(at);
        }
    }

    SortedWalk walk(Place from, boolean reverse, SortedBlock reader) {
        return new Walk(from, reverse, reader);
    }

    /** The last block whose first entry is not behind the place; -1 = none. */
    private int lastBlockUpTo(Place place) {
        int low = -1;
        int high = starts.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            int at = starts[middle];
            long seq = fences.get(SortedFence.LONG, at + SortedFence.SEQ);
            if (place.isBelow(fences, at + SortedFence.KEY, keyLength(at), seq)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    private int keyLength(int fence) {
        return fences.get(SortedFence.INT, fence + SortedFence.KEY_LENGTH);
    }

    private void read(int block, SortedBlock to) {
        int at = starts[block];
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(fences.get(SortedFence.INT, at + SortedFence.LENGTH), 8);
            long offset = fences.get(SortedFence.LONG, at + SortedFence.OFFSET);
            read(block, offset, bytes, fences.get(SortedFence.INT, at + SortedFence.CRC));
            to.unpack(bytes);
        }
    }

    private final class Walk implements SortedWalk {
        private final SortedBlock reader;
        private final int step;
        private int block;
        private int i;

        Walk(Place from, boolean reverse, SortedBlock reader) {
            this.reader = reader;
            step = reverse ? -1 : 1;
            if (from.key() == null) {
                block = reverse ? starts.length - 1 : 0;
                enter();
                return;
            }
            block = lastBlockUpTo(from);
            if (block < 0) { // everything is behind the place
                block = reverse ? -1 : 0;
                enter();
                return;
            }
            read(block, reader);
            int first = firstBehind(from);
            i = reverse ? first - 1 : first;
            if (i == reader.count()) {
                block++;
                enter();
            }
        }

        /** In a block's first entry in the direction of the walk. */
        private void enter() {
            if (isOpen()) {
                read(block, reader);
                i = step > 0 ? 0 : reader.count() - 1;
            }
        }

        private int firstBehind(Place place) {
            int low = 0;
            int high = reader.count();
            while (low < high) {
                int middle = low + high >>> 1;
                if (place.isBelow(
                        reader.keys(),
                        reader.start(middle),
                        reader.length(middle),
                        reader.seq(middle))) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }

        @Override
        public boolean isOpen() {
            return block >= 0 && block < starts.length;
        }

        @Override
        public void advance() {
            i += step;
            if (i < 0 || i >= reader.count()) {
                block += step;
                enter();
            }
        }

        @Override
        public MemorySegment block() {
            return reader.keys();
        }

        @Override
        public long keyAt() {
            return reader.start(i);
        }

        @Override
        public int keyLength() {
            return reader.length(i);
        }

        @Override
        public long seq() {
            return reader.seq(i);
        }
    }
}
