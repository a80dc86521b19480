package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Platform.Errno;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The file system of the operating system: file content by libc calls, names by {@code
 * java.nio.file}.
 *
 * <p><b>Threads.</b> Any; has no state.
 */
public final class PosixStorage implements Storage {
    public PosixStorage() {
        Platform.requireSupported();
    }

    @Override
    public StoredFile open(Path path, OpenMode mode) {
        requireRegular(path);
        int fd =
                switch (mode) {
                    case READ -> Libc.open(path.toString(), Platform.O_RDONLY);
                    case READ_WRITE -> Libc.open(path.toString(), Platform.O_RDWR);
                    case CREATE -> create(path);
                };
        if (fd < 0) {
            throw StorageErrors.of(path.toString(), "cannot be opened (" + mode + ")", fd);
        }
        return new PosixFile(path, fd);
    }

    @Override
    public Path canonical(Path path) {
        var absolute = path.toAbsolutePath().normalize();
        try {
            return absolute.toRealPath();
        } catch (IOException _) { // not there yet; or it cannot be opened either, which tells why
            var parent = absolute.getParent();
            return parent == null ? absolute : canonical(parent).resolve(absolute.getFileName());
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public List<Path> list(Path directory) {
        try (var entries = Files.newDirectoryStream(directory)) {
            var names = new ArrayList<Path>();
            entries.forEach(entry -> names.add(entry.getFileName()));
            names.sort(null);
            return names;
        } catch (NoSuchFileException _) {
            return List.of();
        } catch (IOException e) {
            throw StorageErrors.of(directory, "cannot be listed", e);
        }
    }

    @Override
    public void createDirectories(Path directory) {
        var missing = new ArrayDeque<Path>();
        for (var d = directory.toAbsolutePath(); !Files.isDirectory(d); d = d.getParent()) {
            missing.push(d);
        }
        for (var d : missing) {
            try {
                Files.createDirectory(d);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(d)) { // else another thread was faster
                    throw new MillraceException(
                            ErrorCode.ERR_FILE_KIND,
                            d + " is a file where a directory is needed. Check the path.",
                            e);
                }
            } catch (IOException e) {
                throw StorageErrors.of(d, "directory cannot be created", e);
            }
            syncDirectory(d.getParent());
        }
    }

    @Override
    public void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw StorageErrors.of(path, "cannot be deleted", e);
        }
    }

    @Override
    public void move(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw StorageErrors.of(from, "cannot be moved to " + to, e);
        }
    }

    @Override
    public void syncDirectory(Path directory) {
        int fd = Libc.open(directory.toString(), Platform.O_RDONLY);
        if (fd < 0) {
            throw StorageErrors.of(directory.toString(), "directory cannot be opened", fd);
        }
        int result = Libc.fsync(fd);
        Libc.close(fd);
        if (result < 0) {
            throw StorageErrors.of(
                    directory.toString(), "fsync failed, names made in it may be lost", result);
        }
    }

    @Override
    public Lock lock(Path path) {
        requireRegular(path);
        int fd = create(path);
        if (fd < 0) {
            throw StorageErrors.of(path.toString(), "lock file cannot be opened", fd);
        }
        return PosixLock.take(path, fd);
    }

    private int create(Path path) {
        int flags = Platform.O_RDWR | Platform.O_CREAT;
        int fd = Libc.open(path.toString(), flags);
        if (fd != -Errno.ENOENT.number()) {
            return fd;
        }
        createDirectories(path.toAbsolutePath().getParent());
        return Libc.open(path.toString(), flags);
    }

    /** A directory opens like a file until it is read, and a pipe waits for its other end. */
    private static void requireRegular(Path path) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new MillraceException(
                    ErrorCode.ERR_FILE_KIND,
                    path
                            + (Files.isDirectory(path) ? " is a directory" : " is a device or pipe")
                            + " where a regular file is needed. Check the path.");
        }
    }
}
