package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.file.Path;
import java.util.List;

/**
 * The one seam to the file system: everything that reads, writes, syncs, renames or locks goes
 * through here, so that every fault can be injected here and nowhere else.
 *
 * <p><b>Threads.</b> Safe from any thread.
 *
 * <p><b>Errors.</b> {@code MillraceException}: ERR_FILE_NOT_FOUND, ERR_FILE_KIND,
 * ERR_FILE_PERMISSION, ERR_NO_SPACE, ERR_IO; after close ERR_LOG_CLOSED.
 */
public interface Storage {
    /** How a file is opened. */
    enum OpenMode {
        /** Must exist. */
        READ,
        /** Must exist. */
        READ_WRITE,
        /**
         * Created empty, with its directories, when it does not exist. The file's own name is
         * durable only after {@link #syncDirectory}.
         */
        CREATE
    }

    /** The one-writer lock while it is held; closing twice is harmless. */
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    StoredFile open(Path path, OpenMode mode);

    /**
     * The one name of a file or directory, there or still to be made: absolute, links followed. Who
     * locks, and keeps files beside a log, goes by it: two names of a log must not be two logs.
     */
    default Path canonical(Path path) {
        return path.toAbsolutePath().normalize();
    }

    boolean exists(Path path);

    /** File names (no directory part) in a directory, sorted; empty when it does not exist. */
    List<Path> list(Path directory);

    /** Durable on return, missing parents included; nothing happens when it exists. */
    void createDirectories(Path directory);

    void delete(Path path);

    /**
     * Atomic within a file system; replaces the target. Durable only after {@link #syncDirectory}.
     */
    void move(Path from, Path to);

    /**
     * Makes room for a file of ours: a directory that stands in its place gets another name there.
     * Nothing happens otherwise.
     */
    default void makeRoom(Path path) {
        if (!exists(path)) {
            return;
        }
        try (var _ = open(path, OpenMode.READ)) {
            return;
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.ERR_FILE_KIND) {
                return;
            }
        }
        var aside = path.resolveSibling("aside-" + path.getFileName());
        for (int i = 2; exists(aside); i++) {
            aside = path.resolveSibling("aside-" + i + "-" + path.getFileName());
        }
        move(path, aside);
    }

    /** Makes created, moved and deleted names in the directory durable. */
    void syncDirectory(Path directory);

    /**
     * Takes the one-writer lock, an open-file-description lock on {@code path} (created, holds the
     * pid, never unlinked).
     *
     * @return close it to unlock
     * @throws org.millrace.memory.MillraceException ERR_LOG_LOCKED with the holder's pid
     */
    Lock lock(Path path);
}
