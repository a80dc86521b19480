package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.SortedBlock;
import org.millrace.format.SortedHeader;
import org.millrace.format.ViewManifest;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;
import org.millrace.view.KeyOrder.Place;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An immutable file of sorted keys, read block by block where a reader needs them.
 *
 * <p><b>Threads.</b> Many readers.
 *
 * <p><b>Memory.</b> Owns the file and a copy of its fences: 32 bytes and a key for each 4 KiB.
 *
 * <p><b>Errors.</b> Every block is checked when it is first read: {@link DamagedFile}.
 */
final class SortedTable implements StoredTable {
    private final StoredFile file;
    private final ViewManifest.TableEntry entry;
    private final SortedHeader header;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment fences;

    /** Where each fence begins. */
    private final int[] starts;

    /** One byte a block: 1 = its checksum was right. */
    private final byte[] checked;

    private SortedTable(StoredFile file, ViewManifest.TableEntry entry, SortedHeader header) {
        this.file = file;
        this.entry = entry;
        this.header = header;
        fences = arena.allocate(Math.max(header.fencesBytes(), 1), 8);
        starts = new int[header.blocks()];
        checked = new byte[header.blocks()];
    }

    /** Takes over the file; null when it is not the one that the manifest means. */
    static SortedTable open(StoredFile file, ViewManifest.TableEntry entry) {
        SortedHeader header = null;
        try (var arena = Arena.ofConfined()) {
            if (file.size() == entry.bytes() && entry.bytes() >= SortedHeader.BYTES) {
                var bytes = arena.allocate(SortedHeader.BYTES, 8);
                file.read(0, bytes);
                header = SortedHeader.get(bytes, entry.headerCrc());
            }
        }
        if (header == null || header.fileBytes() != entry.bytes()) {
            file.close();
            return null;
        }
        var table = new SortedTable(file, entry, header);
        if (!table.readFences()) {
            table.close();
            return null;
        }
        return table;
    }

    private boolean readFences() {
        var used = fences.asSlice(0, header.fencesBytes());
        file.read(header.fencesOffset(), used);
        if (BlockCrc.ofAll(used) != header.fencesCrc()) {
            return false;
        }
        int at = 0;
        for (int block = 0; block < starts.length; block++) {
            starts[block] = at;
            at += SortedHeader.FENCE_KEY + keyLength(at);
        }
        return true;
    }

    @Override
    public ViewManifest.TableEntry entry() {
        return entry;
    }

    @Override
    public long size() {
        return header.entries();
    }

    @Override
    public long lastSeq() {
        return header.lastSeq();
    }

    SortedWalk walk(Place from, boolean reverse, SortedBlock reader) {
        return new Walk(from, reverse, reader);
    }

    @Override
    public void close() {
        file.close();
        arena.close();
    }

    /** The last block whose first entry is not behind the place; -1 = none. */
    private int lastBlockUpTo(Place place) {
        int low = -1;
        int high = starts.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            int at = starts[middle];
            long seq = fences.get(SortedHeader.LONG, at + SortedHeader.FENCE_SEQ);
            if (place.isBelow(fences, at + SortedHeader.FENCE_KEY, keyLength(at), seq)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return low;
    }

    private int keyLength(int fence) {
        return fences.get(SortedHeader.INT, fence + SortedHeader.FENCE_KEY_LENGTH);
    }

    private void read(int block, SortedBlock to) {
        int at = starts[block];
        try (var arena = Arena.ofConfined()) {
            int length = fences.get(SortedHeader.INT, at + SortedHeader.FENCE_LENGTH);
            var bytes = arena.allocate(length, 8);
            file.read(fences.get(SortedHeader.LONG, at), bytes);
            if (checked[block] == 0) {
                int crc = fences.get(SortedHeader.INT, at + SortedHeader.FENCE_CRC);
                if (BlockCrc.ofAll(bytes) != crc) {
                    throw damaged(": wrong checksum of block " + block, null);
                }
                checked[block] = 1;
            }
            to.unpack(bytes);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_READ_FAULT || e.code() == ErrorCode.ERR_IO) {
                throw damaged(": block " + block + " cannot be read", e);
            }
            throw e;
        }
    }

    private DamagedFile damaged(String what, Throwable cause) {
        return new DamagedFile(entry.number(), file.path() + what, cause);
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
