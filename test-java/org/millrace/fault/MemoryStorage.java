package org.millrace.fault;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file system in memory that remembers what a power cut would leave: {@link #afterPowerCut} keeps
 * only synced bytes and synced names, {@link #afterKill} everything written.
 *
 * <p>Paths are compared as given; give absolute ones. A deleted or replaced file stays readable for
 * who has it open.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>Limits.</b> A file: 1 GiB.
 */
public final class MemoryStorage implements Storage {
    private final Map<Path, MemoryFile> files = new HashMap<>();
    private final Map<Path, MemoryFile> durableNames = new HashMap<>();
    private final Set<Path> directories = new HashSet<>();
    private final Set<Path> locks = new HashSet<>();

    /** What the next start finds after this process died: everything handed over. */
    public synchronized MemoryStorage afterKill() {
        var next = new MemoryStorage();
        next.directories.addAll(directories);
        files.forEach((path, file) -> next.put(path, file.copyWritten()));
        return next;
    }

    /** What the next start finds for certain after a power cut: what was synced. */
    public synchronized MemoryStorage afterPowerCut() {
        var next = new MemoryStorage();
        next.directories.addAll(directories);
        durableNames.forEach((path, file) -> next.put(path, file.copySynced()));
        return next;
    }

    /** The files there are. */
    synchronized Set<Path> files() {
        return Set.copyOf(files.keySet());
    }

    /** The content behind a name; the caller does not change it. */
    synchronized MemoryFile content(Path path) {
        return files.get(path);
    }

    synchronized Set<Path> directories() {
        return Set.copyOf(directories);
    }

    /** Puts a file in place, durable with its name and directories. */
    synchronized void put(Path path, MemoryFile file) {
        makeDirectories(path.getParent());
        files.put(path, file);
        durableNames.put(path, file);
    }

    @Override
    public synchronized StoredFile open(Path path, OpenMode mode) {
        if (directories.contains(path)) {
            throw new MillraceException(ErrorCode.ERR_FILE_KIND, path + " is a directory");
        }
        var file = files.get(path);
        if (file == null) {
            if (mode != OpenMode.CREATE) {
                throw notFound(path);
            }
            makeDirectories(path.getParent());
            file = new MemoryFile();
            files.put(path, file);
        }
        return new OpenFile(path, file, mode != OpenMode.READ);
    }

    @Override
    public synchronized boolean exists(Path path) {
        return files.containsKey(path) || directories.contains(path);
    }

    @Override
    public synchronized List<Path> list(Path directory) {
        var names = new HashSet<Path>();
        for (var paths : List.of(files.keySet(), directories)) {
            for (var path : paths) {
                if (directory.equals(path.getParent())) {
                    names.add(path.getFileName());
                }
            }
        }
        return names.stream().sorted().toList();
    }

    @Override
    public synchronized void createDirectories(Path directory) {
        if (files.containsKey(directory)) {
            throw new MillraceException(ErrorCode.ERR_FILE_KIND, directory + " is a file");
        }
        makeDirectories(directory);
    }

    @Override
    public synchronized void delete(Path path) {
        if (files.remove(path) == null && !directories.remove(path)) {
            throw notFound(path);
        }
    }

    @Override
    public synchronized void move(Path from, Path to) {
        var file = files.remove(from);
        if (file == null) {
            throw notFound(from);
        }
        files.put(to, file);
    }

    @Override
    public synchronized void syncDirectory(Path directory) {
        durableNames.keySet().removeIf(path -> directory.equals(path.getParent()));
        files.forEach(
                (path, file) -> {
                    if (directory.equals(path.getParent())) {
                        durableNames.put(path, file);
                    }
                });
    }

    @Override
    public synchronized Lock lock(Path path) {
        if (!locks.add(path)) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_LOCKED, path + ": locked in this process, in memory");
        }
        files.computeIfAbsent(path, _ -> new MemoryFile());
        return () -> unlock(path);
    }

    private synchronized void unlock(Path path) {
        locks.remove(path);
    }

    private void makeDirectories(Path directory) {
        for (var d = directory; d != null; d = d.getParent()) {
            directories.add(d);
        }
    }

    private static MillraceException notFound(Path path) {
        return new MillraceException(ErrorCode.ERR_FILE_NOT_FOUND, path + ": no such file");
    }

    private static final class OpenFile implements StoredFile {
        private final Path path;
        private final MemoryFile file;
        private final boolean writable;
        private volatile boolean closed;

        OpenFile(Path path, MemoryFile file, boolean writable) {
            this.path = path;
            this.file = file;
            this.writable = writable;
        }

        @Override
        public Path path() {
            return path;
        }

        @Override
        public long size() {
            return open().size();
        }

        @Override
        public void read(long offset, MemorySegment to) {
            if (!open().read(offset, to)) {
                throw new MillraceException(
                        ErrorCode.ERR_READ_FAULT,
                        path
                                + "@"
                                + offset
                                + ": "
                                + to.byteSize()
                                + " bytes wanted, but the file ends at "
                                + file.size());
            }
        }

        @Override
        public void write(long offset, MemorySegment from) {
            writable().write(offset, from, 0, from.byteSize());
        }

        @Override
        public void sync() {
            open().sync();
        }

        @Override
        public void truncate(long size) {
            writable().truncate(size);
        }

        @Override
        public void allocate(long offset, long length) {
            writable().fillZero(offset, length);
        }

        @Override
        public boolean isResident(long offset, long length) {
            return true;
        }

        @Override
        public void close() {
            closed = true;
        }

        private MemoryFile open() {
            if (closed) {
                throw new MillraceException(ErrorCode.ERR_LOG_CLOSED, path + " was closed");
            }
            return file;
        }

        private MemoryFile writable() {
            if (!writable) {
                throw new MillraceException(
                        ErrorCode.ERR_IO, path + ": EBADF, opened for reading only");
            }
            return open();
        }
    }
}
