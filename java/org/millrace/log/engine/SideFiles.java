package org.millrace.log.engine;

import org.millrace.format.BlockFormat;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * What Millrace keeps beside a log, under {@code <dir>/millrace/<log name>/}: advisory, never
 * needed to read the log. Threads: one.
 */
public final class SideFiles {
    private static final int COPY_BYTES = 1 << 20;

    private final Storage storage;
    private final Path directory;

    public SideFiles(Storage storage, Path log) {
        this(log.resolveSibling("millrace").resolve(log.getFileName()), storage);
    }

    private SideFiles(Path directory, Storage storage) {
        this.storage = storage;
        this.directory = directory;
    }

    /** Of a log that is a directory: in it. */
    public static SideFiles within(Storage storage, Path log) {
        return new SideFiles(log, storage);
    }

    public Path directory() {
        return directory;
    }

    /** What is in quarantine. */
    public List<String> quarantined() {
        var folder = directory.resolve("quarantine");
        return storage.list(folder).stream().map(name -> folder.resolve(name).toString()).toList();
    }

    /** The lock of a log, beside it; never unlinked. */
    public static Path lockOf(Path log) {
        return log.resolveSibling(log.getFileName() + ".lock");
    }

    /**
     * Takes a log for one writer: by its name, under which the holder's pid stands, and the file
     * itself, which may have other names.
     *
     * @param log closed by the caller, which gives back the file
     * @return gives back the name
     * @throws org.millrace.memory.MillraceException ERR_LOG_LOCKED
     */
    public static AutoCloseable lock(Storage storage, StoredFile log) {
        var lock = storage.lock(lockOf(log.path()));
        try {
            log.lock();
            return lock;
        } catch (RuntimeException | Error e) {
            Closing.quietly(lock, e);
            throw e;
        }
    }

    /**
     * Copies a range of a log into {@code quarantine/<file>-<offset>} and makes the copy durable. A
     * copy of the same bytes that is there already (a crash came between the copy and the cut) is
     * used; another one gets {@code -2, -3, ...} behind its name.
     */
    public Path quarantine(StoredFile file, long offset, long length) {
        var folder = directory.resolve("quarantine");
        storage.createDirectories(folder);
        String name = file.path().getFileName() + "-" + offset;
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(2L * COPY_BYTES, 8);
            for (int copy = 1; ; copy++) {
                var to = folder.resolve(copy == 1 ? name : name + "-" + copy);
                if (!storage.exists(to)) {
                    copyTo(to, file, offset, length, buffer);
                    storage.syncDirectory(folder);
                    return to;
                }
                if (isCopy(to, file, offset, length, buffer)) {
                    return to;
                }
            }
        }
    }

    private void copyTo(Path to, StoredFile file, long offset, long length, MemorySegment buffer) {
        // Under another name until it is whole: what bears the name is never half a copy.
        var partial = to.resolveSibling(to.getFileName() + ".partial");
        try (var target = storage.open(partial, Storage.OpenMode.CREATE)) {
            target.truncate(0);
            for (long at = 0; at < length; at += COPY_BYTES) {
                at = file.dataFrom(offset + at) - offset;
                if (at >= length) {
                    break; // else a hole
                }
                var piece = buffer.asSlice(0, Math.min(COPY_BYTES, length - at));
                file.read(offset + at, piece);
                if (!BlockFormat.isZero(piece, 0, piece.byteSize())) { // else a hole
                    target.write(at, piece);
                }
            }
            target.truncate(length);
            target.sync();
        }
        storage.move(partial, to);
    }

    private boolean isCopy(
            Path copy, StoredFile file, long offset, long length, MemorySegment buffer) {
        try (var kept = storage.open(copy, Storage.OpenMode.READ)) {
            if (kept.size() != length) {
                return false;
            }
            for (long at = 0; at < length; at += COPY_BYTES) {
                long piece = Math.min(COPY_BYTES, length - at);
                var left = buffer.asSlice(0, piece);
                var right = buffer.asSlice(COPY_BYTES, piece);
                file.read(offset + at, left);
                kept.read(at, right);
                if (left.mismatch(right) >= 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
