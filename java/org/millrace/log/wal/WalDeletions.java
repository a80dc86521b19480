package org.millrace.log.wal;

import org.millrace.format.WalEntry;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Which records are deleted: a set in memory, and the side file {@code deleted} that it is loaded
 * from. A record is deleted once its entry is durable.
 *
 * <p><b>Threads.</b> {@link #contains} from any thread without a lock; changes are serialised.
 *
 * <p><b>Memory.</b> 8 to 24 bytes a deleted record, on the heap.
 */
final class WalDeletions implements AutoCloseable {
    private static final long FREE = -1;

    private final Storage storage;
    private final Path path;
    private final long logId;
    private StoredFile file;
    private long fileEnd;
    private volatile int count;

    /** Open addressing; a reader that races with an addition sees it or does not. */
    private volatile long[] table = newTable(16);

    WalDeletions(Storage storage, Path path, long logId) {
        this.storage = storage;
        this.path = path;
        this.logId = logId;
    }

    /**
     * Reads the side file, up to the first entry that a crash left half written.
     *
     * @param since entries behind it name no record
     */
    synchronized void load(long since) {
        if (!storage.exists(path)) {
            return;
        }
        try (var source = storage.open(path, Storage.OpenMode.READ);
                var arena = Arena.ofShared()) {
            long size = source.size();
            var all = arena.allocate(Math.max(size, 1), 8);
            source.read(0, all.asSlice(0, size));
            for (long at = 0; at + WalEntry.BYTES <= size; at += WalEntry.BYTES) {
                long seq = WalEntry.get(all, at, WalEntry.DELETED, logId);
                if (seq >= 0 && seq <= since) {
                    insert(seq);
                }
            }
            fileEnd = size / WalEntry.BYTES * WalEntry.BYTES;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean contains(long seq) {
        var slots = table;
        for (int at = slot(seq, slots.length); slots[at] != FREE; at = at + 1 & slots.length - 1) {
            if (slots[at] == seq) {
                return true;
            }
        }
        return false;
    }

    /** Makes a deletion durable, then visible. Repeatable. */
    synchronized void add(long seq) {
        if (contains(seq)) {
            return;
        }
        if (file == null) {
            file = storage.open(path, Storage.OpenMode.CREATE);
            storage.syncDirectory(path.getParent());
        }
        try (var arena = Arena.ofConfined()) {
            var entry = arena.allocate(WalEntry.BYTES, 8);
            WalEntry.put(entry, 0, seq, WalEntry.DELETED, logId);
            file.write(fileEnd, entry);
            file.sync();
        }
        fileEnd += WalEntry.BYTES;
        insert(seq);
    }

    /** How many deleted records lie in a range of sequences. */
    synchronized long countIn(long from, long below) {
        return Arrays.stream(table).filter(seq -> seq >= from && seq < below).count();
    }

    /**
     * Forgets the entries of a range whose records are gone from the segments: writes the file anew
     * and replaces the old one.
     */
    synchronized void forget(long from, long below) {
        long[] kept =
                Arrays.stream(table)
                        .filter(seq -> seq != FREE && (seq < from || seq >= below))
                        .sorted()
                        .toArray();
        if (kept.length == count) {
            return;
        }
        var fresh = path.resolveSibling(path.getFileName() + ".new");
        try (var target = storage.open(fresh, Storage.OpenMode.CREATE);
                var arena = Arena.ofShared()) {
            target.truncate(0);
            long bytes = (long) kept.length * WalEntry.BYTES;
            var all = arena.allocate(Math.max(bytes, 1), 8);
            for (int i = 0; i < kept.length; i++) {
                WalEntry.put(all, (long) i * WalEntry.BYTES, kept[i], WalEntry.DELETED, logId);
            }
            target.write(0, all.asSlice(0, bytes));
            target.sync();
        }
        storage.move(fresh, path);
        storage.syncDirectory(path.getParent());
        closeFile();
        fileEnd = (long) kept.length * WalEntry.BYTES;
        count = 0;
        var rebuilt = newTable(Math.max(16, Integer.highestOneBit(kept.length + 1) * 4));
        for (long seq : kept) {
            put(rebuilt, seq);
        }
        count = kept.length;
        table = rebuilt;
    }

    @Override
    public synchronized void close() {
        closeFile();
    }

    private void closeFile() {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    private void insert(long seq) {
        if (contains(seq)) {
            return;
        }
        if ((count + 1) * 2 > table.length) {
            var larger = newTable(table.length * 2);
            for (long old : table) {
                if (old != FREE) {
                    put(larger, old);
                }
            }
            put(larger, seq);
            table = larger;
        } else {
            put(table, seq);
        }
        count = count + 1;
    }

    private static void put(long[] slots, long seq) {
        int at = slot(seq, slots.length);
        while (slots[at] != FREE) {
            at = at + 1 & slots.length - 1;
        }
        slots[at] = seq;
    }

    private static int slot(long seq, int slots) {
        long mixed = seq * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 33) & slots - 1;
    }

    private static long[] newTable(int slots) {
        var table = new long[slots];
        Arrays.fill(table, FREE);
        return table;
    }
}
