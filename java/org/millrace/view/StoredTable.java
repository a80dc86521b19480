package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.TableHeader;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An immutable file of sorted entries, read block by block where a reader needs them.
 *
 * <p><b>Threads.</b> Many readers.
 *
 * <p><b>Memory.</b> Owns the file and a copy of its fences.
 *
 * <p><b>Errors.</b> Every block is checked whenever it is read: {@link DamagedFile}. Once is not
 * enough: where a file is cut beneath its mapping, the rest of the last page reads as zeros.
 */
abstract class StoredTable implements AutoCloseable {
    final TableHeader header;
    final MemorySegment fences;
    private final StoredFile file;
    private final TableEntry entry;
    private final Arena arena = Arena.ofShared();

    /** Takes over the file. */
    StoredTable(StoredFile file, TableEntry entry, TableHeader header) {
        this.file = file;
        this.entry = entry;
        this.header = header;
        fences = arena.allocate(header.fencesBytes(), 8);
    }

    /** Makes a table over a file whose header is the one that is meant. */
    @FunctionalInterface
    interface Maker<T> {
        T make(StoredFile file, TableEntry entry, TableHeader header);
    }

    /** Takes over the file; null when it is not the one that the manifest means. */
    static <T extends StoredTable> T open(
            StoredFile file, TableEntry entry, TableHeader.Kind kind, Maker<T> maker) {
        TableHeader header = null;
        try (var arena = Arena.ofConfined()) {
            if (file.size() == entry.bytes() && entry.bytes() >= TableHeader.BYTES) {
                var bytes = arena.allocate(TableHeader.BYTES, 8);
                file.read(0, bytes);
                header = TableHeader.get(bytes, kind, entry.headerCrc());
            }
        }
        if (header == null || header.fileBytes() != entry.bytes()) {
            file.close();
            return null;
        }
        T table = maker.make(file, entry, header);
        file.read(header.fencesOffset(), table.fences);
        if (BlockCrc.ofAll(table.fences) != header.fencesCrc()) {
            table.close();
            return null;
        }
        table.fencesAreThere();
        return table;
    }

    /** {@link #fences} have been read and are right. */
    void fencesAreThere() {}

    TableEntry entry() {
        return entry;
    }

    /** How many entries it has. */
    long size() {
        return header.entries();
    }

    /** Largest sequence in it. */
    public long lastSeq() {
        return header.lastSeq();
    }

    /**
     * Reads a block.
     *
     * @param offset where it stands, as its fence says
     * @param to as long as it is
     * @param crc its checksum, compared
     */
    void read(int block, long offset, MemorySegment to, int crc) {
        try {
            file.read(offset, to);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_READ_FAULT || e.code() == ErrorCode.ERR_IO) {
                throw damaged(": block " + block + " cannot be read", e);
            }
            throw e;
        }
        if (BlockCrc.ofAll(to) != crc) {
            throw damaged(": wrong checksum of block " + block, null);
        }
    }

    @Override
    public void close() {
        file.close();
        arena.close();
    }

    private DamagedFile damaged(String what, Throwable cause) {
        return new DamagedFile(entry.number(), file.path() + what, cause);
    }
}
