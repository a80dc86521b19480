package org.millrace.fault;

import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Passes everything to a {@link MemoryStorage} and writes down each change, sync and
 * acknowledgement, for {@link CrashImages} to replay.
 *
 * <p><b>Threads.</b> Any. A change and its record are one step; a sync covers only what was
 * recorded before it began.
 */
public final class RecordingStorage implements Storage {
    private final MemoryStorage disk;
    private final MemoryStorage start;
    private final Map<Path, Integer> startFiles;
    private final Map<Path, Integer> files = new HashMap<>();
    private final List<Op> ops = new ArrayList<>();
    private int nextFile;

    public RecordingStorage(MemoryStorage disk) {
        this.disk = disk;
        this.start = disk.afterKill();
        for (var path : start.files()) {
            files.put(path, nextFile++);
        }
        startFiles = Map.copyOf(files);
    }

    /** Notes that the first {@code records} records were acknowledged to the user. */
    public synchronized void acknowledge(int records) {
        ops.add(new Op.Acknowledge(records));
    }

    /** What was recorded so far. */
    synchronized List<Op> ops() {
        return List.copyOf(ops);
    }

    /** The disk before the first recorded change, all of it durable. */
    MemoryStorage start() {
        return start;
    }

    /** Numbers of the files that were there at the start. */
    Map<Path, Integer> startFiles() {
        return startFiles;
    }

    @Override
    public synchronized StoredFile open(Path path, OpenMode mode) {
        var opened = disk.open(path, mode);
        var number = files.get(path);
        if (number == null) {
            number = nextFile++;
            files.put(path, number);
            ops.add(new Op.Create(path, number));
        }
        return new RecordedFile(opened, number);
    }

    @Override
    public boolean exists(Path path) {
        return disk.exists(path);
    }

    @Override
    public List<Path> list(Path directory) {
        return disk.list(directory);
    }

    @Override
    public synchronized void createDirectories(Path directory) {
        disk.createDirectories(directory);
        ops.add(new Op.MakeDirectories(directory));
    }

    @Override
    public synchronized void delete(Path path) {
        disk.delete(path);
        if (files.remove(path) != null) {
            ops.add(new Op.Delete(path));
        }
    }

    @Override
    public synchronized void move(Path from, Path to) {
        disk.move(from, to);
        files.put(to, files.remove(from));
        ops.add(new Op.Move(from, to));
    }

    @Override
    public synchronized void syncDirectory(Path directory) {
        disk.syncDirectory(directory);
        ops.add(new Op.SyncDirectory(directory, ops.size()));
    }

    /** Locks are not recorded: a crash frees them, and what stands in the file means nothing. */
    @Override
    public Lock lock(Path path) {
        return disk.lock(path);
    }

    private synchronized int position() {
        return ops.size();
    }

    private synchronized void record(Op op) {
        ops.add(op);
    }

    private final class RecordedFile extends DelegatingFile {
        private final int number;

        RecordedFile(StoredFile target, int number) {
            super(target);
            this.number = number;
        }

        @Override
        public void write(long offset, MemorySegment from) {
            synchronized (RecordingStorage.this) {
                target.write(offset, from);
                record(new Op.Write(number, offset, from.toArray(ValueLayout.JAVA_BYTE)));
            }
        }

        @Override
        public void truncate(long size) {
            synchronized (RecordingStorage.this) {
                target.truncate(size);
                record(new Op.Truncate(number, size));
            }
        }

        @Override
        public void allocate(long offset, long length) {
            synchronized (RecordingStorage.this) {
                target.allocate(offset, length);
                record(new Op.Zero(number, offset, length));
            }
        }

        @Override
        public void sync() {
            int covers = position();
            target.sync();
            record(new Op.Sync(number, covers));
        }
    }
}
