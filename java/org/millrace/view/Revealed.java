package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.RevealedEntry;
import org.millrace.format.ViewManifest;
import org.millrace.log.Moves;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The side log of records that came encrypted and were decrypted later: whoever computes something
 * from a record looks here first. Plaintext; it is there only when its user wants it.
 *
 * <p><b>Threads.</b> One writer beside any number of readers.
 *
 * <p><b>Memory.</b> About 150 bytes a record on the heap; the bytes themselves stay in the file, or
 * off-heap when there is none.
 *
 * <p><b>Durability.</b> A view's checkpoint syncs it first.
 */
final class Revealed implements AutoCloseable {
    /** Where a body stands; {@code seq} -1: it was erased, or belongs to no record any more. */
    private record Place(long seq, int recordCrc, long offset, int length, MemorySegment body) {
        Place erased() {
            return new Place(-1, 0, offset, length, null);
        }
    }

    /** Null: kept in memory only. */
    private StoredFile file;

    private long fileBytes;
    private final List<Place> places = new ArrayList<>();
    private final Map<Long, Place> bySeq = new ConcurrentHashMap<>();
    private volatile int count;

    private Revealed() {}

    static Revealed inMemory() {
        return new Revealed();
    }

    /**
     * Reads the file. A torn last entry was never acknowledged and is cut.
     *
     * @param creates when there is none; else nothing can be added
     */
    static Revealed open(Storage storage, Path path, LogIdentity log, boolean creates) {
        var opened = new Revealed();
        if (!storage.exists(path) && !creates) {
            return opened;
        }
        storage.createDirectories(path.getParent());
        opened.file = storage.open(path, Storage.OpenMode.CREATE);
        storage.syncDirectory(path.getParent());
        opened.load(log);
        return opened;
    }

    /** Entries there ever were, in the order in which they came. */
    int count() {
        return count;
    }

    /** The record that an entry is for; -1 when it does not count any more. */
    synchronized long seqAt(int entry) {
        var place = places.get(entry);
        return isLost(place) ? -1 : place.seq;
    }

    boolean contains(long seq) {
        return count > 0 && bySeq.containsKey(seq);
    }

    /** The decrypted record; null when there is none. */
    MemorySegment of(long seq) {
        var place = count == 0 ? null : bySeq.get(seq);
        return place == null ? null : body(place);
    }

    /** Adds a record; null to {@link #of} before, else it is there already. */
    synchronized void add(long seq, int recordCrc, MemorySegment bytes) {
        int length = (int) bytes.byteSize();
        var kept = Arena.ofAuto().allocate(Math.max(length, 1), 8).asSlice(0, length);
        kept.copyFrom(bytes);
        if (file != null) {
            var entry = new RevealedEntry(seq, recordCrc, length, BlockCrc.ofAll(kept));
            file.write(fileBytes, entry.toBytes());
            file.write(fileBytes + RevealedEntry.HEADER_BYTES, kept);
        }
        long offset = fileBytes + RevealedEntry.HEADER_BYTES;
        put(new Place(seq, recordCrc, offset, length, file == null ? kept : null));
        fileBytes = offset + length;
    }

    /** The record was deleted: its plaintext goes too, durably. */
    synchronized void erase(long seq) {
        var place = bySeq.remove(seq);
        if (place != null) {
            erase(place);
        }
    }

    private void erase(Place place) {
        places.replaceAll(one -> one == place ? place.erased() : one);
        if (file != null) {
            file.write(place.offset, MemorySegment.ofArray(new byte[place.length]));
            file.sync();
        }
    }

    /** {@link #erase} of all records before a sequence. */
    synchronized void eraseBefore(long seq) {
        bySeq.keySet().stream().filter(known -> known < seq).toList().forEach(this::erase);
    }

    /** The log's records have moved: those that are known by their sequences move with them. */
    synchronized void move(Moves moves) {
        var known = Map.copyOf(bySeq);
        bySeq.clear();
        for (int entry = 0; entry < places.size(); entry++) {
            var place = places.get(entry);
            if (place.seq >= 0 && known.get(place.seq) == place) {
                long seq = moves.of(place.seq);
                if (seq >= 0) {
                    found(entry, seq);
                } else {
                    erase(place);
                }
            }
        }
    }

    /** The log's records have moved: none is known by its sequence until it is {@link #found}. */
    synchronized void lose() {
        bySeq.clear();
    }

    /** Entries whose records have moved, by the checksums of those. */
    synchronized Map<Integer, List<Integer>> lost() {
        var lost = new HashMap<Integer, List<Integer>>();
        for (int i = 0; i < places.size(); i++) {
            var place = places.get(i);
            if (isLost(place)) {
                lost.computeIfAbsent(place.recordCrc, _ -> new ArrayList<>()).add(i);
            }
        }
        return lost;
    }

    /** What an entry holds. */
    synchronized MemorySegment bytes(int entry) {
        return body(places.get(entry));
    }

    /** An entry's record stands there now. */
    synchronized void found(int entry, long seq) {
        var old = places.get(entry);
        var place = new Place(seq, old.recordCrc, old.offset, old.length, old.body);
        places.set(entry, place);
        bySeq.put(seq, place);
        if (file != null) {
            var header =
                    new RevealedEntry(seq, old.recordCrc, old.length, BlockCrc.ofAll(body(place)));
            file.write(place.offset - RevealedEntry.HEADER_BYTES, header.toBytes());
        }
    }

    void sync() {
        if (file != null && count > 0) {
            file.sync();
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }

    private boolean isLost(Place place) {
        return place.seq >= 0 && bySeq.get(place.seq) != place;
    }

    private MemorySegment body(Place place) {
        if (place.body != null) {
            return place.body;
        }
        var bytes = Arena.ofAuto().allocate(Math.max(place.length, 1), 8).asSlice(0, place.length);
        file.read(place.offset, bytes);
        return bytes;
    }

    private void put(Place place) {
        places.add(place);
        if (place.seq >= 0) {
            bySeq.put(place.seq, place);
        }
        count = places.size();
    }

    private void load(LogIdentity log) {
        long size = file.size();
        var header = MemorySegment.ofArray(new byte[RevealedEntry.HEADER_BYTES]);
        while (fileBytes + RevealedEntry.HEADER_BYTES <= size) {
            file.read(fileBytes, header);
            var entry = RevealedEntry.of(header);
            long offset = fileBytes + RevealedEntry.HEADER_BYTES;
            if (entry == null || entry.length() < 0 || offset + entry.length() > size) {
                break;
            }
            var place = new Place(entry.seq(), entry.recordCrc(), offset, entry.length(), null);
            boolean isWhole = BlockCrc.ofAll(body(place)) == entry.bodyCrc();
            put(isWhole ? place : place.erased());
            fileBytes = offset + entry.length();
            check(log, place);
        }
        if (fileBytes < size) {
            file.truncate(fileBytes);
        }
    }

    /** Whether the record stands there still; it may have been deleted, or moved. */
    private void check(LogIdentity log, Place place) {
        if (bySeq.get(place.seq) != place) {
            return;
        }
        int crc = crc(log, place.seq);
        if (crc == ViewManifest.DELETED_CRC) {
            erase(place.seq);
        } else if (place.recordCrc != crc) {
            bySeq.remove(place.seq);
        }
    }

    /** One that no record has, when there is none. */
    private static int crc(LogIdentity log, long seq) {
        try {
            return log.crc(seq);
        } catch (MillraceException e) {
            return ~ViewManifest.DELETED_CRC;
        }
    }
}
