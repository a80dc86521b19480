package org.millrace.fault;

import java.nio.file.Path;

/**
 * One thing that happened at the storage seam, as {@link RecordingStorage} writes it down.
 *
 * <p>Files are numbered (as inodes are), so that a file keeps its content when its name moves.
 */
sealed interface Op {
    /** Changes content or length of one file; lost by a power cut until that file is synced. */
    sealed interface Data extends Op {
        int file();
    }

    /** Changes names in one directory; lost by a power cut until that directory is synced. */
    sealed interface Name extends Op {
        Path directory();
    }

    record Write(int file, long offset, byte[] bytes) implements Data {
        @Override
        public String toString() {
            return "write(" + file + "@" + offset + ", " + bytes.length + " bytes)";
        }
    }

    record Zero(int file, long offset, long length) implements Data {}

    record Truncate(int file, long size) implements Data {}

    /**
     * @param covers what was recorded before this position is durable; later writes, made while the
     *     sync ran, are not
     */
    record Sync(int file, int covers) implements Op {}

    record Create(Path path, int file) implements Name {
        @Override
        public Path directory() {
            return path.getParent();
        }
    }

    record Delete(Path path) implements Name {
        @Override
        public Path directory() {
            return path.getParent();
        }
    }

    record Move(Path from, Path to) implements Name {
        @Override
        public Path directory() {
            return to.getParent();
        }
    }

    /** Durable at once, as {@code Storage.createDirectories} promises. */
    record MakeDirectories(Path path) implements Op {}

    /**
     * @param covers as in {@link Sync}
     */
    record SyncDirectory(Path path, int covers) implements Op {}

    /**
     * The subject told its user that so many records are safe.
     *
     * @param records in total, from the first one
     */
    record Acknowledge(int records) implements Op {}
}
