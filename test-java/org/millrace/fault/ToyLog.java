package org.millrace.fault;

import org.millrace.storage.Storage;
import org.millrace.storage.Storage.OpenMode;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The smallest log that survives a power cut, and the bugs that it can be given: what the crash
 * check must let pass, and what it must catch.
 *
 * <p>{@code head}: the length of the log that is durable, replaced by a move. {@code log}: frames
 * of length, checksum, payload; what stands behind the head's length is checked frame by frame.
 */
final class ToyLog implements CrashSubject {
    /** Mistakes that real logs have made. */
    enum Bug {
        /** Acknowledged before it was synced. */
        SKIPPED_SYNC,
        /** The head may reach the disk before the data that it vouches for. */
        IGNORED_BARRIER,
        /** A file was created, its name never synced. */
        SKIPPED_DIRECTORY_SYNC,
        /** A torn frame is taken for a good one. */
        IGNORED_CHECKSUM,
        /** Recovery replaces the log by a copy of its good part that it never synced. */
        UNSAFE_RECOVERY
    }

    private static final Path DIR = Path.of("/toy");
    private static final Path LOG = DIR.resolve("log");
    private static final Path NEW_LOG = DIR.resolve("log.new");
    private static final Path HEAD = DIR.resolve("head");
    private static final Path NEW_HEAD = DIR.resolve("head.new");
    private static final int HEADER_BYTES = 8;

    private final Set<Bug> bugs;
    private final long seed;
    private final int batches;

    ToyLog(Set<Bug> bugs, long seed, int batches) {
        this.bugs = bugs;
        this.seed = seed;
        this.batches = batches;
    }

    @Override
    public void run(Storage storage, History history) {
        var random = new Random(seed);
        try (var log = storage.open(LOG, OpenMode.CREATE)) {
            if (!has(Bug.SKIPPED_DIRECTORY_SYNC)) {
                storage.syncDirectory(DIR);
            }
            long end = 0;
            for (int i = 0; i < batches; i++) {
                for (int n = random.nextInt(3); n >= 0; n--) {
                    var payload = new byte[1 + random.nextInt(900)];
                    random.nextBytes(payload);
                    history.append(payload);
                    end = append(log, end, payload);
                }
                if (!has(Bug.SKIPPED_SYNC) && !has(Bug.IGNORED_BARRIER)) {
                    log.sync();
                }
                if (i % 3 == 2) {
                    writeHead(storage, end);
                }
                if (has(Bug.IGNORED_BARRIER)) {
                    log.sync();
                }
                history.acknowledgeAll();
            }
        }
    }

    @Override
    public List<byte[]> recover(Storage storage) {
        var records = new ArrayList<byte[]>();
        try (var log = storage.open(LOG, OpenMode.CREATE)) {
            storage.syncDirectory(DIR);
            long trusted = readHead(storage);
            long at = 0;
            for (byte[] payload = next(log, at, trusted);
                    payload != null;
                    payload = next(log, at, trusted)) {
                records.add(payload);
                at += HEADER_BYTES + payload.length;
            }
            if (has(Bug.UNSAFE_RECOVERY)) {
                replaceByUnsyncedCopy(storage, read(log, 0, (int) at));
                return records;
            }
            log.truncate(at);
            log.sync();
            writeHead(storage, at);
        }
        return records;
    }

    private static long append(StoredFile log, long at, byte[] payload) {
        var frame = ByteBuffer.allocate(HEADER_BYTES + payload.length);
        frame.putInt(payload.length).putInt(checksum(payload)).put(payload);
        log.write(at, MemorySegment.ofArray(frame.array()));
        return at + frame.capacity();
    }

    /** The payload at {@code at}, or null at the end of what is good. */
    private byte[] next(StoredFile log, long at, long trusted) {
        long left = log.size() - at;
        if (left < HEADER_BYTES) {
            return null;
        }
        var header = read(log, at, HEADER_BYTES);
        int length = header.getInt();
        if (length <= 0 || length > left - HEADER_BYTES) {
            return null;
        }
        var payload = read(log, at + HEADER_BYTES, length).array();
        boolean trust = at + HEADER_BYTES + length <= trusted || has(Bug.IGNORED_CHECKSUM);
        return trust || checksum(payload) == header.getInt() ? payload : null;
    }

    private static void replaceByUnsyncedCopy(Storage storage, ByteBuffer good) {
        try (var copy = storage.open(NEW_LOG, OpenMode.CREATE)) {
            copy.write(0, MemorySegment.ofArray(good.array()));
        }
        storage.move(NEW_LOG, LOG);
        storage.syncDirectory(DIR);
    }

    private void writeHead(Storage storage, long end) {
        try (var head = storage.open(NEW_HEAD, OpenMode.CREATE)) {
            var bytes = ByteBuffer.allocate(8).putLong(end);
            head.write(0, MemorySegment.ofArray(bytes.array()));
            head.truncate(8);
            head.sync();
        }
        storage.move(NEW_HEAD, HEAD);
        storage.syncDirectory(DIR);
    }

    private static long readHead(Storage storage) {
        if (!storage.exists(HEAD)) {
            return 0;
        }
        try (var head = storage.open(HEAD, OpenMode.READ)) {
            return read(head, 0, 8).getLong();
        }
    }

    private static ByteBuffer read(StoredFile file, long offset, int length) {
        var bytes = new byte[length];
        file.read(offset, MemorySegment.ofArray(bytes));
        return ByteBuffer.wrap(bytes);
    }

    private static int checksum(byte[] payload) {
        var crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }

    private boolean has(Bug bug) {
        return bugs.contains(bug);
    }
}
