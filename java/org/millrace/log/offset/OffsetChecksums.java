package org.millrace.log.offset;

import org.millrace.format.BlockCrc;
import org.millrace.format.OffsetChecksumPage;
import org.millrace.format.OffsetFrame;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.Progress;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Keeps a checksum of every record beside an offset log, whose format has none: {@code verify}
 * compares. Advisory: it follows what is written, reading it back, and a failure to write it is no
 * failure of the log. What it lacks when the log is opened, because a crash or the peer came
 * between, is made anew from the log.
 *
 * <p><b>Threads.</b> Any. <b>Memory.</b> Owns a block and a page; close it.
 */
final class OffsetChecksums implements AutoCloseable {
    /** Behind the log by at most about this much while it is written. */
    private static final long EVERY_BYTES = 256 << 10;

    private static final int BLOCK_BYTES = 256 << 10;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment block = arena.allocate(BLOCK_BYTES, 8);
    private final MemorySegment bytes = arena.allocate(OffsetChecksumPage.BYTES, 8);
    private final OffsetChecksumPage page = new OffsetChecksumPage(bytes);
    private final BlockCrc crc = new BlockCrc();
    private final StoredFile log;
    private final OffsetFrame frame;
    private final StoredFile file;
    private long pageOffset;
    private volatile long coveredEnd;
    private volatile boolean failed;

    private OffsetChecksums(StoredFile log, OffsetFrame frame, StoredFile file) {
        this.log = log;
        this.frame = frame;
        this.file = file;
        page.clear(frame.codec());
    }

    static Path pathOf(SideFiles sides) {
        return sides.directory().resolve("checksums");
    }

    /** Opens or creates the side file and covers the log up to {@code end}; null if it cannot. */
    static OffsetChecksums open(
            Storage storage, SideFiles sides, StoredFile log, OffsetFrame frame, long end) {
        OffsetChecksums checksums = null;
        try {
            storage.createDirectories(sides.directory());
            var file = storage.open(pathOf(sides), Storage.OpenMode.CREATE);
            checksums = new OffsetChecksums(log, frame, file);
            try (var scan = new OffsetScan(log, frame)) {
                checksums.findCovered(scan, end);
            }
            checksums.catchUp(end);
            return checksums;
        } catch (MillraceException e) { // advisory
            Closing.quietly(checksums, e);
            return null;
        }
    }

    /** Follows the log, when that is worth while. */
    void follow(Progress progress) {
        long end = progress.writtenEnd();
        if (end - coveredEnd >= EVERY_BYTES) {
            catchUp(end);
        }
    }

    /** Covers every record up to {@code end}, a frame's end. */
    synchronized void catchUp(long end) {
        if (failed || end <= coveredEnd) {
            return;
        }
        try {
            long at = coveredEnd;
            while (at < end) {
                long passed = addBlock(at, (int) Math.min(BLOCK_BYTES, end - at));
                if (passed == 0) {
                    passed = addLarge(at, end);
                }
                if (passed == 0) {
                    break; // damage that opening did not come by: nothing behind it is covered
                }
                at += passed;
            }
            writePage();
            coveredEnd = at;
            failed = at < end;
        } catch (MillraceException e) {
            failed = true; // advisory; the next open goes on where the file ends
        }
    }

    private long addBlock(long base, int filled) {
        log.read(base, block.asSlice(0, filled));
        crc.over(block);
        long at = 0;
        long length = frame.checkAt(block, 0, filled, base);
        while (length >= 0) {
            add(base + at, crc.of(at + OffsetFrame.HEADER_BYTES, length));
            at += frame.frameLength(length);
            length = frame.checkAt(block, at, filled, base + at);
        }
        return at;
    }

    private long addLarge(long at, long end) {
        try (var scan = new OffsetScan(log, frame)) {
            long length = scan.validLengthAt(at, end);
            if (length < 0) {
                return 0;
            }
            add(at, crcOf(log, at + OffsetFrame.HEADER_BYTES, length));
            return frame.frameLength(length);
        }
    }

    private void add(long seq, int crcOfRecord) {
        if (!page.add(seq, crcOfRecord)) {
            writePage();
            pageOffset += OffsetChecksumPage.BYTES;
            page.clear(frame.codec());
            page.add(seq, crcOfRecord);
        }
    }

    private void writePage() {
        if (page.count() > 0) {
            page.seal();
            file.write(pageOffset, bytes);
        }
    }

    /**
     * Goes back to the last entry whose record still stands in the log; what is behind it is
     * dropped. The pages before it are what they were.
     */
    private void findCovered(OffsetScan scan, long end) {
        long last = file.size() / OffsetChecksumPage.BYTES * OffsetChecksumPage.BYTES;
        for (long at = last - OffsetChecksumPage.BYTES; at >= 0; at -= OffsetChecksumPage.BYTES) {
            file.read(at, bytes);
            if (page.isValid(frame.codec()) && cutPage(scan, end)) {
                pageOffset = at;
                file.truncate(at + OffsetChecksumPage.BYTES);
                return;
            }
        }
        page.clear(frame.codec());
        file.truncate(0);
    }

    /** Drops the last entries of the page until one stands; false when none does. */
    private boolean cutPage(OffsetScan scan, long end) {
        for (int entry = page.count() - 1; entry >= 0; entry--) {
            coveredEnd = endOf(scan, entry, end);
            if (coveredEnd > 0) {
                return true;
            }
            page.cut(entry);
        }
        return false;
    }

    /** End of the record of an entry; 0 when it does not stand in the log as it was. */
    private long endOf(OffsetScan scan, int entry, long end) {
        long seq = page.seq(entry);
        long length = scan.validLengthAt(seq, end);
        boolean stands = length >= 0 && stands(seq, length, page.crc(entry));
        return stands ? seq + frame.frameLength(length) : 0;
    }

    private boolean stands(long seq, long length, int wanted) {
        long from = seq + OffsetFrame.HEADER_BYTES;
        return crcOf(log, from, length) == wanted || isDeleted(from, length);
    }

    private boolean isDeleted(long from, long length) {
        for (long at = 0; at < length; at += BLOCK_BYTES) {
            var piece = block.asSlice(0, Math.min(BLOCK_BYTES, length - at));
            log.read(from + at, piece);
            if (!OffsetFrame.isDeleted(piece, 0, piece.byteSize())) {
                return false;
            }
        }
        return length > 0;
    }

    /** CRC32C of a range of a file, read in pieces. */
    static int crcOf(StoredFile file, long from, long length) {
        var sum = new java.util.zip.CRC32C();
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(Math.clamp(length, 1, BLOCK_BYTES));
            for (long at = 0; at < length; at += copy.byteSize()) {
                var piece = copy.asSlice(0, Math.min(copy.byteSize(), length - at));
                file.read(from + at, piece);
                sum.update(piece.asByteBuffer());
            }
        }
        return (int) sum.getValue();
    }

    @Override
    public synchronized void close() {
        failed = true; // a listener that comes late
        try {
            file.close();
        } finally {
            arena.close();
        }
    }
}
