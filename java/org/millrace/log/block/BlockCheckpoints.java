package org.millrace.log.block;

import org.millrace.format.BlockCheckpoint;
import org.millrace.format.BlockFormat;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Remembers beside a block log up to where it is durable, so that opening need not read all of it
 * and can tell a torn tail from damage: what lies behind the checkpoint may have been lost by a
 * crash, what lies in front of it was synced.
 *
 * <p>It is written after a sync and is itself not synced: a stale or missing one only makes opening
 * slower and more careful.
 *
 * <p><b>Threads.</b> Any.
 */
final class BlockCheckpoints {
    /** Written at most so often; opening then scans what was appended since. */
    private static final long INTERVAL_NANOS = 200_000_000;

    /** A sector apart: the first is only written at open, and synced; the second whenever due. */
    private static final long SLOT_BYTES = 512;

    private final Storage storage;
    private final BlockFormat format;
    private final Path path;
    private long writtenAt = System.nanoTime() - INTERVAL_NANOS;
    private long end = -1;

    /** A synced one is on disk, under a synced name. */
    private boolean isThere;

    BlockCheckpoints(Storage storage, Path directory, BlockFormat format) {
        this.storage = storage;
        this.format = format;
        this.path = directory.resolve("checkpoint");
    }

    /** What is known of a log, or null when there is no checkpoint or it is not of this file. */
    BlockCheckpoint load(StoredFile log) {
        if (!storage.exists(path)) {
            return null;
        }
        BlockCheckpoint best = null;
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            for (long slot = 0; slot < 2; slot++) {
                var found = read(file, slot * SLOT_BYTES);
                boolean better = found != null && (best == null || found.end() > best.end());
                if (better && isOf(found, log)) {
                    best = found;
                }
            }
        } catch (MillraceException e) {
            return null;
        }
        if (best != null) {
            end = best.end();
            isThere = true;
        }
        return best;
    }

    /** The first one of a log: durable, so that a crash before the next sync finds one. */
    synchronized void saveDurably(StoredFile log, long newEnd) {
        try {
            storage.createDirectories(path.getParent());
            write(log, newEnd, true);
            storage.syncDirectory(path.getParent());
            isThere = end == newEnd;
        } catch (MillraceException e) {
            // Advisory: the next one may succeed.
        }
    }

    /** After a sync that covered {@code newEnd}; {@code now}: whatever the time. */
    synchronized void save(StoredFile log, long newEnd, boolean now) {
        if (newEnd == end) {
            return;
        }
        if (!isThere) {
            saveDurably(log, newEnd);
        } else if (now || System.nanoTime() - writtenAt >= INTERVAL_NANOS) {
            write(log, newEnd, false);
        }
    }

    private void write(StoredFile log, long newEnd, boolean durable) {
        try {
            long structure = structure(log, newEnd);
            if (structure >= 0) { // else somebody else has cut or written the file
                put(new BlockCheckpoint(format.blockBytes(), newEnd, (int) structure), durable);
            }
        } catch (MillraceException e) {
            // Advisory: the next one may succeed.
        }
    }

    private void put(BlockCheckpoint checkpoint, boolean durable) {
        try (var file = storage.open(path, Storage.OpenMode.CREATE)) {
            file.write(durable ? 0 : SLOT_BYTES, checkpoint.toBytes());
            if (durable) {
                file.sync();
            }
        }
        writtenAt = System.nanoTime();
        end = checkpoint.end();
    }

    private static BlockCheckpoint read(StoredFile file, long offset) {
        if (file.size() < offset + BlockCheckpoint.BYTES) {
            return null;
        }
        var bytes = MemorySegment.ofArray(new byte[BlockCheckpoint.BYTES]);
        file.read(offset, bytes);
        return BlockCheckpoint.of(bytes);
    }

    /** Forgets it, durably: what it says is about to become wrong. */
    synchronized void remove() {
        if (storage.exists(path)) {
            storage.delete(path);
            storage.syncDirectory(path.getParent());
        }
        end = -1;
        isThere = false;
    }

    private boolean isOf(BlockCheckpoint found, StoredFile log) {
        return found.blockBytes() == format.blockBytes()
                && found.end() >= 0
                && found.end() <= log.size()
                && structure(log, found.end()) == Integer.toUnsignedLong(found.structure());
    }

    /**
     * Checksum of the lengths in the last block, which deletions leave as they are; -1 when they do
     * not lead to {@code logEnd}.
     */
    private long structure(StoredFile log, long logEnd) {
        var crc = new CRC32C();
        if (logEnd == 0) {
            return 0;
        }
        long start = format.blockStart(logEnd - 1);
        int available = (int) (logEnd - start);
        var block = MemorySegment.ofArray(new byte[available]);
        log.read(start, block);
        int at = 0;
        while (at + BlockFormat.HEADER_BYTES <= available) {
            int length = format.lengthAt(block, at, at);
            crc.update(length);
            crc.update(length >>> 8);
            if (length <= 0) {
                break;
            }
            at += BlockFormat.HEADER_BYTES + length;
        }
        crc.update(1);
        return at == available ? crc.getValue() : -1;
    }
}
