package org.millrace.log.wal;

import org.millrace.format.BlockCrc;
import org.millrace.format.WalEntry;
import org.millrace.format.WalFooter;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of one write-ahead log's directory: names, headers, footers, the {@code durable} note.
 *
 * <p><b>Threads.</b> Any; has no state but the options.
 */
final class WalFiles {
    /** A file under this suffix is not part of the log yet. */
    static final String FRESH = ".new";

    private final Path directory;
    private final WalOptions options;
    private final Storage storage;

    WalFiles(Path directory, WalOptions options) {
        this.directory = directory;
        this.options = options;
        this.storage = options.storage();
    }

    String name() {
        return directory.toString();
    }

    Path directory() {
        return directory;
    }

    Storage storage() {
        return storage;
    }

    WalOptions options() {
        return options;
    }

    Path path(String file) {
        return directory.resolve(file);
    }

    /** Paths of all segments, oldest first. */
    List<Path> list() {
        var paths = new ArrayList<Path>();
        for (var name : storage.list(directory)) {
            if (WalSegment.isName(name.toString())) {
                paths.add(directory.resolve(name.toString()));
            }
        }
        return paths;
    }

    /** Deletes what an interrupted creation or compaction left. */
    void deleteUnfinished() {
        for (var name : storage.list(directory)) {
            if (name.toString().endsWith(FRESH)) {
                storage.delete(directory.resolve(name.toString()));
            }
        }
    }

    /** Opens a segment; its {@code end} is not known yet when it has no footer. */
    WalSegment open(Path path) {
        var mode = options.readOnly() ? Storage.OpenMode.READ : Storage.OpenMode.READ_WRITE;
        var file = storage.open(path, mode);
        try (var arena = Arena.ofShared()) {
            long size = file.size();
            var block = arena.allocate(WalHeader.BYTES, 8);
            int bytes = (int) Math.min(size, WalHeader.BYTES);
            file.read(0, block.asSlice(0, bytes));
            var header = WalHeader.read(block.asSlice(0, bytes), path.toString());
            WalFooter footer = null;
            if (size >= WalHeader.BYTES + WalFooter.BYTES) {
                file.read(size - WalFooter.BYTES, block.asSlice(0, WalFooter.BYTES));
                footer = WalFooter.get(block, 0, header.salt());
            }
            long end = footer == null ? WalHeader.BYTES : footer.endOffset();
            return new WalSegment(path, header, plain(file, header, footer), footer, end);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private StoredFile plain(StoredFile file, WalHeader header, WalFooter footer) {
        if (!header.isTransformed()) {
            return file;
        }
        if (footer == null) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    file.path()
                            + ": the footer of a compressed or encrypted segment is damaged, so its"
                            + " chunks cannot be found. Restore the segment.");
        }
        var codec =
                new WalChunkCodec(
                        header, options.zstdLevel(), options.key(), file.path().toString());
        var chunked = new WalChunkedFile(file, footer, codec);
        if (header.has(WalHeader.AES_GCM)) {
            chunked.requireKey();
        }
        return chunked;
    }

    /** Creates the segment behind {@code before}; under its name it is always whole. */
    WalSegment create(WalHeader before, long firstSequence) {
        var header =
                WalHeader.of(
                        before.logId(), before.segmentNumber() + 1, firstSequence, options.nowMs());
        var path = directory.resolve(WalSegment.nameOf(firstSequence));
        var fresh = directory.resolve(path.getFileName() + FRESH);
        try (var file = storage.open(fresh, Storage.OpenMode.CREATE);
                var arena = Arena.ofShared()) {
            var block = arena.allocate(WalHeader.BYTES, 8);
            header.put(block);
            file.truncate(0);
            file.write(0, block);
            file.sync();
        }
        storage.move(fresh, path);
        storage.syncDirectory(directory);
        var file = storage.open(path, Storage.OpenMode.READ_WRITE);
        return new WalSegment(path, header, file, null, WalHeader.BYTES);
    }

    void syncAll(List<WalSegment> open) {
        open.forEach(segment -> segment.file().sync());
    }

    /** Takes the zeros ahead of the tail away. */
    void cutZeros(WalSegment segment) {
        if (segment.file().size() > segment.end()) {
            segment.file().truncate(segment.end());
            segment.file().sync();
        }
    }

    /** The last sequence that was durable when the log was last closed; -1 = unknown. */
    long durableNote(long logId) {
        var path = directory.resolve("durable");
        if (!storage.exists(path)) {
            return -1;
        }
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            if (file.size() < WalEntry.BYTES) {
                return -1;
            }
            var entry = MemorySegment.ofArray(new byte[WalEntry.BYTES]);
            file.read(0, entry);
            return Math.max(-1, WalEntry.get(entry, 0, WalEntry.DURABLE, logId));
        }
    }

    void noteDurable(long seq, long logId) {
        try (var file = storage.open(directory.resolve("durable"), Storage.OpenMode.CREATE);
                var arena = Arena.ofShared()) {
            var entry = arena.allocate(WalEntry.BYTES, 8);
            WalEntry.put(entry, 0, seq, WalEntry.DURABLE, logId);
            file.write(0, entry);
            file.sync();
        }
    }

    /**
     * Ends a segment for good: checks every frame, writes index and footer.
     *
     * @throws MillraceException ERR_LOG_CORRUPT when a frame is damaged; nothing was changed
     */
    void seal(WalSegment segment) {
        long end = segment.end();
        var tally = WalTally.indexing(segment, end);
        if (tally.offset() != end) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    segment.path() + "@" + tally.offset() + ": a frame is damaged; not sealed");
        }
        var footer =
                new WalFooter(
                        end,
                        tally.lastSequence(),
                        segment.nextSequence(),
                        tally.records(),
                        options.nowMs(),
                        tally.frameCrcs(),
                        0);
        var file = segment.file();
        file.truncate(end);
        writeEnd(segment, file, footer);
        file.sync();
        segment.sealed(footer);
    }

    /** Writes index frame and footer behind the frames. */
    void writeEnd(WalSegment segment, StoredFile file, WalFooter footer) {
        var entries = segment.index().entries();
        int length = (int) entries.byteSize();
        int frame = WalFrame.frameBytes(length);
        try (var arena = Arena.ofShared()) {
            var block = arena.allocate(frame + (long) WalFooter.BYTES, 8);
            WalFrame.begin(
                    block,
                    0,
                    length,
                    WalFrame.INDEX,
                    indexSequence(segment, footer),
                    segment.salt());
            MemorySegment.copy(entries, 0, block, WalFrame.HEADER_BYTES, length);
            WalFrame.finish(block, 0, new BlockCrc().over(block));
            footer.put(block, frame, segment.salt());
            file.write(footer.endOffset(), block);
        }
    }

    private static long indexSequence(WalSegment segment, WalFooter footer) {
        return segment.isCompacted()
                ? footer.nextSequence()
                : segment.sequenceAt(footer.endOffset());
    }
}
