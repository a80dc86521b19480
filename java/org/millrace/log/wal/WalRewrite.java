package org.millrace.log.wal;

import org.millrace.format.WalChunk;
import org.millrace.format.WalFooter;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Entropy;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Writes sealed segments anew: without their deleted records, or compressed and encrypted. The new
 * file replaces the old one by a rename; readers go on in the old one until they look again.
 *
 * <p><b>Threads.</b> One at a time, {@link WalJanitor} sees to it.
 *
 * <p><b>Durability.</b> The new file is synced before the rename: a crash leaves one or the other.
 */
final class WalRewrite {
    private final WalFiles files;
    private final WalSegments segments;
    private final WalDeletions deletions;

    WalRewrite(WalFiles files, WalSegments segments, WalDeletions deletions) {
        this.files = files;
        this.segments = segments;
        this.deletions = deletions;
    }

    /** True when the segment is to be compressed or encrypted and is not. */
    boolean isDue(WalSegment segment) {
        int wanted = transformFlags();
        return segment.isSealed() && wanted != 0 && !segment.header().isTransformed();
    }

    /** Compresses and encrypts as the options say. */
    void transform(WalSegment segment) {
        if (!isDue(segment)) {
            return;
        }
        var header = segment.header().withFlags(segment.header().flags() | transformFlags());
        if (header.has(WalHeader.AES_GCM)) {
            header = header.withCipherSalt(Entropy.nextLong(), Entropy.nextLong());
        }
        var options = files.options();
        var codec =
                new WalChunkCodec(
                        header, options.zstdLevel(), options.key(), segment.path().toString());
        var fresh = fresh(segment);
        try (var target = files.storage().open(fresh, Storage.OpenMode.CREATE)) {
            target.truncate(0);
            putHeader(target, header);
            putChunks(segment, header, codec, target);
            target.sync();
        }
        replace(segment, fresh);
    }

    /** Drops deleted records from a sealed segment; returns the bytes freed. */
    long compact(WalSegment segment) {
        if (!segment.isSealed()
                || deletions.countIn(segment.firstSequence(), segment.nextSequence()) == 0) {
            return 0;
        }
        long before = segment.storedBytes();
        var header = segment.header().withFlags(WalHeader.COMPACTED).withCipherSalt(0, 0);
        var fresh = fresh(segment);
        try (var target = files.storage().open(fresh, Storage.OpenMode.CREATE)) {
            target.truncate(0);
            putHeader(target, header);
            putFrames(segment, header, target, fresh);
            target.sync();
        }
        var replaced = replace(segment, fresh);
        deletions.forget(segment.firstSequence(), segment.nextSequence());
        transform(replaced);
        return before - segments.find(segment.firstSequence()).storedBytes();
    }

    private int transformFlags() {
        var options = files.options();
        return (options.zstdLevel() > 0 ? WalHeader.ZSTD : 0)
                | (options.key() != null ? WalHeader.AES_GCM : 0);
    }

    private Path fresh(WalSegment segment) {
        return segment.path().resolveSibling(segment.path().getFileName() + WalFiles.FRESH);
    }

    private static void putHeader(StoredFile target, WalHeader header) {
        try (var arena = Arena.ofConfined()) {
            var block = arena.allocate(WalHeader.BYTES, 8);
            header.put(block);
            target.write(0, block);
        }
    }

    private void putChunks(
            WalSegment segment, WalHeader header, WalChunkCodec codec, StoredFile target) {
        long plainEnd = plainEnd(segment);
        int count =
                (int)
                        ((plainEnd - WalHeader.BYTES + WalChunk.PLAIN_BYTES - 1)
                                / WalChunk.PLAIN_BYTES);
        try (var arena = Arena.ofShared()) {
            var plain = arena.allocate(WalChunk.PLAIN_BYTES, 8);
            long tableBytes = (long) count * WalChunk.BYTES;
            var end = arena.allocate(tableBytes + WalFooter.BYTES, 8);
            long at = WalHeader.BYTES;
            for (int i = 0; i < count; i++) {
                long from = WalHeader.BYTES + (long) i * WalChunk.PLAIN_BYTES;
                int length = (int) Math.min(WalChunk.PLAIN_BYTES, plainEnd - from);
                segment.file().read(from, plain.asSlice(0, length));
                var bytes = plain.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                var stored = codec.encode(bytes, i, count);
                target.write(at, MemorySegment.ofArray(stored));
                new WalChunk(at, stored.length, length).put(end, (long) i * WalChunk.BYTES);
                at += stored.length;
            }
            segment.footer().withChunks(count).put(end, tableBytes, header.salt());
            target.write(at, end);
        }
    }

    /** End of the index frame. */
    private static long plainEnd(WalSegment segment) {
        long end = segment.footer().endOffset();
        try (var walk = new WalWalk(segment)) {
            if (!walk.isFrame(end, segment.file().size())) {
                throw new MillraceException(
                        ErrorCode.ERR_LOG_CORRUPT,
                        segment.path() + "@" + end + ": the index frame is damaged; not rewritten");
            }
            return end + WalFrame.frameBytes(WalFrame.length(walk.block(), 0));
        }
    }

    private void putFrames(WalSegment from, WalHeader header, StoredFile target, Path path) {
        var to = new WalSegment(path, header, target, null, WalHeader.BYTES);
        var crcs = new CRC32C();
        long[] kept = new long[1];
        try (var walk = new WalWalk(from)) {
            var stop =
                    walk.run(
                            WalHeader.BYTES,
                            from.end(),
                            (block, at, _, bytes) -> {
                                long sequence = WalFrame.sequence(block, at);
                                if (!WalFrame.isRecord(block, at) || deletions.contains(sequence)) {
                                    return;
                                }
                                target.write(to.end(), block.asSlice(at, bytes));
                                to.index().offer(sequence, to.end());
                                WalTally.update(crcs, WalFrame.crc(block, at));
                                to.end(to.end() + bytes);
                                kept[0]++;
                            });
            if (stop != WalWalk.Stop.LIMIT) {
                throw new MillraceException(
                        ErrorCode.ERR_LOG_CORRUPT,
                        from.path() + "@" + walk.offset() + ": a frame is damaged; not compacted");
            }
        }
        to.index().walked(to.end());
        var old = from.footer();
        var footer =
                new WalFooter(
                        to.end(),
                        old.lastSequence(),
                        old.nextSequence(),
                        kept[0],
                        old.sealedMs(),
                        (int) crcs.getValue(),
                        0);
        files.writeEnd(to, target, footer);
    }

    private WalSegment replace(WalSegment old, Path fresh) {
        files.storage().move(fresh, old.path());
        files.storage().syncDirectory(files.directory());
        var replacement = files.open(old.path());
        segments.replace(old, replacement);
        old.file().close();
        return replacement;
    }
}
