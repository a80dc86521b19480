package org.millrace.log.offset;

import org.millrace.format.OffsetChecksumPage;
import org.millrace.format.OffsetCodec;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Answers whether a record is as it was when its checksum was taken, for a walk in the order of the
 * log. Pages that are damaged themselves, or cannot be read, say nothing.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns a page; close it.
 */
final class OffsetChecksumReader implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes = arena.allocate(OffsetChecksumPage.BYTES, 8);
    private final OffsetChecksumPage page = new OffsetChecksumPage(bytes);
    private final OffsetCodec codec;

    /** Null when there is nothing to compare with. */
    private final StoredFile file;

    private long pages;
    private long next;
    private int count;
    private int entry;

    private OffsetChecksumReader(StoredFile file, OffsetCodec codec) {
        this.file = file;
        this.codec = codec;
        this.pages = file == null ? 0 : file.size() / OffsetChecksumPage.BYTES;
    }

    /** Of a log that may have no checksums beside it. */
    static OffsetChecksumReader open(Storage storage, SideFiles sides, OffsetCodec codec) {
        var path = OffsetChecksums.pathOf(sides);
        try {
            var file = storage.exists(path) ? storage.open(path, Storage.OpenMode.READ) : null;
            return new OffsetChecksumReader(file, codec);
        } catch (MillraceException e) {
            return new OffsetChecksumReader(null, codec);
        }
    }

    /** Moves to a record, behind the last one asked for; false when nothing is known of it. */
    boolean find(long seq) {
        while (true) {
            while (entry < count && page.seq(entry) < seq) {
                entry++;
            }
            if (entry < count) {
                return page.seq(entry) == seq;
            }
            if (next >= pages) {
                return false;
            }
            count = readPage(next++) ? page.count() : 0;
            entry = 0;
        }
    }

    private boolean readPage(long index) {
        try {
            file.read(index * OffsetChecksumPage.BYTES, bytes);
            return page.isValid(codec);
        } catch (MillraceException e) {
            return false; // the disk errs, or the log's writer cut the file meanwhile
        }
    }

    /** The checksum of the record that {@link #find} found. */
    int crc() {
        return page.crc(entry);
    }

    /** True when the last record that has a checksum is this one, asked for last or deleted. */
    boolean endsWith(long seq) {
        boolean isLast = find(seq);
        return isLast && entry == count - 1 && next == pages;
    }

    @Override
    public void close() {
        arena.close();
        if (file != null) {
            file.close();
        }
    }
}
