package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewManifest;
import org.millrace.log.Log;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Sequences of records that were deleted after views took them in, or dropped together with all
 * before them: no view answers with them.
 *
 * <p>Each is written here, durably and with the record's checksum, before the log deletes it. When
 * a crash comes in between, {@link #open} deletes it then; when a power cut took the record itself,
 * and another one stands in its place, the checksum tells.
 *
 * <p>Before that it may be hidden, in memory only: views do not answer with it any more, but what
 * they save keeps it, for after a crash the record is there again.
 *
 * <p><b>Threads.</b> One writer beside any number of readers.
 *
 * <p><b>Memory.</b> An open-addressing table on the heap, 16 to 32 bytes a sequence.
 */
final class Deleted implements AutoCloseable {
    // Entry: | sequence | crc32c of the record | crc32c of the entry |. docs/FORMAT.md
    // The first one may be: | -1 - epoch | 0 | crc32c of the entry |
    private static final int ENTRY_BYTES = 16;
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    /** Where the file belongs; null: kept in memory only. */
    private Path path;

    private Storage storage;

    /** Null until something is deleted: most who open views never wait for a directory's sync. */
    private StoredFile file;

    private long fileBytes;
    private volatile int count;

    /** The log's, in which the sequences are what they are. */
    private long epoch;

    private volatile long droppedBefore;
    private boolean damaged;

    /** Not in the table yet: their deletion has begun. */
    private final Set<Long> hidden = ConcurrentHashMap.newKeySet();

    private volatile boolean hides;

    /** Remembered, while what was computed from them may still be there. */
    private final Set<Long> unsettled = ConcurrentHashMap.newKeySet();

    /** Sequence + 1; 0 = free. */
    private volatile long[] slots = new long[16];

    private Deleted() {}

    static Deleted inMemory() {
        return new Deleted();
    }

    /** Reads the file and makes it and the log agree. */
    static Deleted open(Storage storage, Path path, LogIdentity log, long epoch) {
        var opened = new Deleted();
        opened.epoch = epoch;
        storage.createDirectories(path.getParent());
        storage.makeRoom(path);
        opened.storage = storage;
        opened.path = path;
        if (!storage.exists(path)) {
            return opened;
        }
        opened.file = storage.open(path, Storage.OpenMode.READ_WRITE);
        if (!opened.load(log)) {
            opened.file.close();
            opened.rewrite(storage, path);
        }
        return opened;
    }

    /** Some were lost: views must be built anew, for then deleted records do not come. */
    boolean wasDamaged() {
        return damaged;
    }

    /** How many are remembered. */
    int count() {
        return count;
    }

    /** The same for who saves what was computed without them; -1 while that is not sure. */
    int settledCount() {
        int known = count; // first: add() does it the other way round
        return unsettled.isEmpty() ? known : -1;
    }

    /** The log has deleted them, and nothing is left of what was computed from them. */
    void settle(long[] seqs) {
        for (long seq : seqs) {
            unsettled.remove(seq);
        }
    }

    /** Whether none is at or behind a sequence. */
    boolean isEmptyFrom(long seq) {
        return !hides && count == 0 && seq >= droppedBefore;
    }

    /** Whether no view answers with it. Hidden ones first: they become remembered ones. */
    boolean contains(long seq) {
        return hides && hidden.contains(seq) || remembers(seq);
    }

    private boolean remembers(long seq) {
        if (seq < droppedBefore) {
            return true;
        }
        if (count == 0) {
            return false;
        }
        long[] table = slots;
        for (int i = place(seq, table); ; i = i + 1 & table.length - 1) {
            long found = (long) SLOT.getOpaque(table, i);
            if (found == seq + 1) {
                return true;
            }
            if (found == 0) {
                return false;
            }
        }
    }

    /**
     * The sequence itself; -1 when nobody will ever answer with it. For what is saved: a hidden one
     * may come back.
     */
    long place(long seq) {
        return remembers(seq) ? -1 : seq;
    }

    /** Nobody answers with it from now on, as long as this process lives. */
    synchronized void hide(long seq) {
        hidden.add(seq);
        hides = true;
    }

    /** The log's records have moved: what was hidden has other sequences now. */
    synchronized void showAll() {
        hidden.clear();
        hides = false;
    }

    /** {@link Log#droppedBefore}, as views answer by it. */
    long droppedBefore() {
        return droppedBefore;
    }

    /** The log knows of these itself: nothing is written. */
    void dropBefore(long seq) {
        droppedBefore = seq;
    }

    /**
     * Remembers sequences, durably: all, or after an error none.
     *
     * @param recordCrcs of their records
     */
    synchronized void add(long[] seqs, int[] recordCrcs) {
        var fresh = IntStream.range(0, seqs.length).filter(i -> !remembers(seqs[i])).toArray();
        if (path != null && fresh.length > 0) {
            create();
            var entries = MemorySegment.ofArray(new byte[fresh.length * ENTRY_BYTES]);
            for (int i = 0; i < fresh.length; i++) {
                var entry = entry(seqs[fresh[i]], recordCrcs[fresh[i]]);
                MemorySegment.copy(entry, 0, entries, (long) i * ENTRY_BYTES, ENTRY_BYTES);
            }
            file.write(fileBytes, entries);
            file.sync();
            fileBytes += entries.byteSize();
        }
        for (long seq : seqs) {
            unsettled.add(seq);
            if (!remembers(seq)) {
                put(seq);
            }
            hidden.remove(seq);
        }
        hides = !hidden.isEmpty();
    }

    /** The log's records have moved: these sequences mean nothing any more. */
    synchronized void clear(long newEpoch) {
        slots = new long[16];
        count = 0;
        unsettled.clear();
        epoch = newEpoch;
        if (file != null) {
            file.truncate(0);
            fileBytes = 0;
            writeEpoch();
            file.sync();
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }

    private void create() {
        if (file == null) {
            file = storage.open(path, Storage.OpenMode.CREATE);
            storage.syncDirectory(path.getParent());
            writeEpoch();
        }
    }

    /**
     * Returns whether the file is as it should be. A torn last entry was never acknowledged. Those
     * of another epoch are in no view, and in their places stand other records, perhaps of the same
     * bytes: they must not be deleted.
     */
    private boolean load(LogIdentity log) {
        long size = file.size();
        fileBytes = size - size % ENTRY_BYTES;
        int entries = 0;
        long epochOfEntry = 0;
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(Math.max(fileBytes, 1), 8);
            file.read(0, bytes.asSlice(0, fileBytes));
            for (long at = 0; at < fileBytes; at += ENTRY_BYTES) {
                var entry = bytes.asSlice(at, ENTRY_BYTES);
                long seq = entry.get(LONG, 0);
                if (entry.get(INT, 12) != BlockCrc.ofAll(entry.asSlice(0, 12))) {
                    damaged = true;
                } else if (seq < 0) {
                    epochOfEntry = -1 - seq;
                    continue;
                } else if (epochOfEntry == epoch && log.ensureDeleted(seq, entry.get(INT, 8))) {
                    put(seq);
                }
                entries++;
            }
        }
        return entries == count && epochOfEntry == epoch;
    }

    /** What is here is deleted in the log: its checksums are not needed any more. */
    private void rewrite(Storage storage, Path path) {
        var next = path.resolveSibling(path.getFileName() + ".new");
        file = storage.open(next, Storage.OpenMode.CREATE);
        file.truncate(0);
        fileBytes = 0;
        writeEpoch();
        for (long slot : slots) {
            if (slot != 0) {
                file.write(fileBytes, entry(slot - 1, ViewManifest.DELETED_CRC));
                fileBytes += ENTRY_BYTES;
            }
        }
        file.sync();
        file.close();
        storage.move(next, path);
        storage.syncDirectory(path.getParent());
        file = storage.open(path, Storage.OpenMode.READ_WRITE);
    }

    private void writeEpoch() {
        if (epoch != 0) {
            file.write(0, entry(-1 - epoch, ViewManifest.DELETED_CRC));
            fileBytes = ENTRY_BYTES;
        }
    }

    private static MemorySegment entry(long seq, int recordCrc) {
        var entry = MemorySegment.ofArray(new byte[ENTRY_BYTES]);
        entry.set(LONG, 0, seq);
        entry.set(INT, 8, recordCrc);
        entry.set(INT, 12, BlockCrc.ofAll(entry.asSlice(0, 12)));
        return entry;
    }

    private void put(long seq) {
        if ((count + 1) * 2 > slots.length) {
            long[] larger = new long[slots.length * 2];
            for (long kept : slots) {
                if (kept != 0) {
                    insert(kept - 1, larger);
                }
            }
            slots = larger;
        }
        insert(seq, slots);
        count++;
    }

    private static void insert(long seq, long[] table) {
        int i = place(seq, table);
        while (table[i] != 0) {
            i = i + 1 & table.length - 1;
        }
        SLOT.setOpaque(table, i, seq + 1);
    }

    private static int place(long seq, long[] table) {
        return (int) (seq * 0x9E37_79B9_7F4A_7C15L >>> 32) & table.length - 1;
    }
}
