package org.millrace.log.wal;

import org.millrace.format.WalFooter;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.storage.StoredFile;

import java.nio.file.Path;
import java.util.Locale;

/**
 * One file of a write-ahead log: who it is, how far it is written, whether it is sealed.
 *
 * <p><b>Threads.</b> One writer moves {@link #end}; any number of readers. A compaction puts
 * another object in this one's place, it never changes one that readers hold.
 *
 * <p><b>Memory.</b> Owns the file.
 */
final class WalSegment {
    private final Path path;
    private final WalHeader header;
    private final int salt;
    private final StoredFile file;
    private final WalIndex index;

    /** Offset behind the last written frame. */
    private volatile long end;

    private volatile WalFooter footer;

    /**
     * @param file plain bytes: of a compressed or encrypted segment what it holds, not its content
     * @param footer null = not sealed
     * @param end offset behind the last frame
     */
    WalSegment(Path path, WalHeader header, StoredFile file, WalFooter footer, long end) {
        this.path = path;
        this.header = header;
        this.salt = header.salt();
        this.file = file;
        this.footer = footer;
        this.end = end;
        this.index = new WalIndex(this);
    }

    /** The name of the segment whose first sequence is this. */
    static String nameOf(long firstSequence) {
        return String.format(Locale.ROOT, "%020d.wal", firstSequence);
    }

    /** True for names that {@link #nameOf} makes. */
    static boolean isName(String name) {
        return name.length() == 24
                && name.endsWith(".wal")
                && name.chars().limit(20).allMatch(Character::isDigit);
    }

    Path path() {
        return path;
    }

    WalHeader header() {
        return header;
    }

    int salt() {
        return salt;
    }

    StoredFile file() {
        return file;
    }

    WalIndex index() {
        return index;
    }

    WalFooter footer() {
        return footer;
    }

    void sealed(WalFooter value) {
        footer = value;
    }

    boolean isSealed() {
        return footer != null;
    }

    boolean isCompacted() {
        return header.has(WalHeader.COMPACTED);
    }

    long firstSequence() {
        return header.firstSequence();
    }

    /** First sequence of the segment behind this one, if this one were full now. */
    long nextSequence() {
        var sealed = footer;
        return sealed != null ? sealed.nextSequence() : sequenceAt(end);
    }

    long end() {
        return end;
    }

    void end(long offset) {
        end = offset;
    }

    /** What it takes on the disk. */
    long storedBytes() {
        return file instanceof WalChunkedFile chunked ? chunked.storedBytes() : file.size();
    }

    /** Of a segment that is not compacted: the sequence of a frame at this offset. */
    long sequenceAt(long offset) {
        return header.firstSequence() + offset - WalHeader.BYTES;
    }

    /** Of a segment that is not compacted: where the frame of this sequence stands. */
    long offsetOf(long sequence) {
        return sequence - header.firstSequence() + WalHeader.BYTES;
    }

    /** What the frame at this offset must say. */
    long expectedAt(long offset) {
        return isCompacted() ? WalFrame.ANY : sequenceAt(offset);
    }
}
