package org.millrace.log.wal;

import org.millrace.format.WalChunk;
import org.millrace.format.WalFooter;
import org.millrace.format.WalHeader;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A compressed or encrypted segment as the plain file that it stands for: whoever reads it sees
 * header, frames and index at their plain offsets.
 *
 * <p>A chunk that cannot be decoded reads as zeros, which is no frame: readers then tell of damage
 * and go on behind it, as they do in a plain segment.
 *
 * <p><b>Threads.</b> Any, without locks: each reader that misses decodes for itself.
 *
 * <p><b>Memory.</b> The table, 16 bytes a chunk, and the chunk decoded last, on the heap.
 */
final class WalChunkedFile implements StoredFile {
    private record Decoded(int number, byte[] plain) {}

    private final StoredFile target;
    private final WalChunkCodec codec;
    private final MemorySegment table;
    private final int chunks;
    private final long plainSize;
    private volatile Decoded last = new Decoded(-1, null);

    WalChunkedFile(StoredFile target, WalFooter footer, WalChunkCodec codec) {
        this.target = target;
        this.codec = codec;
        this.chunks = footer.chunks();
        long size = target.size();
        long bytes = (long) chunks * WalChunk.BYTES;
        if (chunks <= 0 || bytes > size - WalHeader.BYTES - WalFooter.BYTES) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    target.path() + ": its chunk table does not fit; restore the segment");
        }
        this.table = MemorySegment.ofArray(new byte[(int) bytes]);
        target.read(size - WalFooter.BYTES - bytes, table);
        int inLast = WalChunk.get(table, bytes - WalChunk.BYTES).plainLength();
        this.plainSize =
                WalHeader.BYTES
                        + (chunks - 1L) * WalChunk.PLAIN_BYTES
                        + Math.clamp(inLast, 0, WalChunk.PLAIN_BYTES);
    }

    /** Tells a wrong key from a damaged chunk: neither the first nor the last can be decoded. */
    void requireKey() {
        if (decoded(0) == null && decoded(chunks - 1) == null) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_CORRUPT,
                    path()
                            + ": no chunk can be decrypted: another key, or damage. Open the log"
                            + " with the key it was written with, or restore the segment.");
        }
    }

    /** What the file takes on the disk. */
    long storedBytes() {
        return target.size();
    }

    @Override
    public Path path() {
        return target.path();
    }

    /** Of the plain file. */
    @Override
    public long size() {
        return plainSize;
    }

    @Override
    public void read(long offset, MemorySegment to) {
        long end = WalHeader.BYTES + (long) chunks * WalChunk.PLAIN_BYTES; // plainSize may be a lie
        if (to.byteSize() > end - offset) {
            throw new MillraceException(
                    ErrorCode.ERR_READ_FAULT,
                    path() + "@" + offset + ": the segment ends at " + plainSize);
        }
        long done = Math.clamp(WalHeader.BYTES - offset, 0, to.byteSize());
        if (done > 0) {
            target.read(offset, to.asSlice(0, done));
        }
        while (done < to.byteSize()) {
            long at = offset + done - WalHeader.BYTES;
            int number = (int) (at / WalChunk.PLAIN_BYTES);
            int inChunk = (int) (at % WalChunk.PLAIN_BYTES);
            var plain = chunk(number);
            long bytes = Math.min(plain.length - inChunk, to.byteSize() - done);
            if (bytes <= 0) { // the table lies about this chunk's length
                to.asSlice(done).fill((byte) 0);
                return;
            }
            MemorySegment.copy(MemorySegment.ofArray(plain), inChunk, to, done, bytes);
            done += bytes;
        }
    }

    @Override
    public void write(long offset, MemorySegment from) {
        throw immutable();
    }

    @Override
    public void sync() {
        // Never written to: nothing to make durable.
    }

    @Override
    public void truncate(long size) {
        throw immutable();
    }

    @Override
    public void allocate(long offset, long length) {
        throw immutable();
    }

    @Override
    public boolean isResident(long offset, long length) {
        return target.isResident(0, Math.min(length, target.size()));
    }

    @Override
    public void close() {
        target.close();
    }

    private byte[] chunk(int number) {
        var seen = last;
        if (seen.number() == number) {
            return seen.plain();
        }
        var plain = decode(number);
        last = new Decoded(number, plain);
        return plain;
    }

    private byte[] decode(int number) {
        var plain = decoded(number);
        return plain != null ? plain : new byte[WalChunk.PLAIN_BYTES];
    }

    /** Null when it is damaged. */
    private byte[] decoded(int number) {
        var chunk = WalChunk.get(table, (long) number * WalChunk.BYTES);
        if (!chunk.isPlausible(target.size() - WalFooter.BYTES)) {
            return null;
        }
        var stored = MemorySegment.ofArray(new byte[chunk.storedLength()]);
        target.read(chunk.offset(), stored);
        var bytes = (byte[]) stored.heapBase().orElseThrow();
        return codec.decode(bytes, chunk.plainLength(), number, chunks);
    }

    private MillraceException immutable() {
        return new MillraceException(
                ErrorCode.ERR_INTERNAL, path() + ": a transformed segment never changes");
    }
}
