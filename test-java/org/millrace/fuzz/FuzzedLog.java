package org.millrace.fuzz;

import org.millrace.fault.MemoryStorage;
import org.millrace.format.BlockCrc;
import org.millrace.format.OffsetCodec;
import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * A log file of any bytes: opened, read in both directions and by sequence, appended to, opened
 * again. Whatever stands in it, the answers agree with each other and every failure is coded.
 *
 * <p>The first byte chooses among the variants of a format, the others are the file.
 */
final class FuzzedLog {
    enum Format {
        OFFSET,
        BLOCK,
        WAL
    }

    private static final Path LOG = Path.of("/fuzz/log");
    private static final Path SEGMENT = LOG.resolve("00000000000000000000.wal");
    private static final int BLOCK_BYTES = 64;
    private static final int BUFFER_BYTES = 4096;
    private static final int RECORDS = 7;

    /** More errors than a file of a few kB can have places for: the cursor stands still. */
    private static final int ERRORS_MAX = 10_000;

    /** Variants of a segment: the fuzzer would not find a checksum by itself. */
    private static final int RAW_HEADER = 0x01;

    private static final int RAW_CHECKSUMS = 0x02;
    private static final int RAW_SEQUENCES = 0x04;

    private final Format format;
    private final int variant;
    private final MemoryStorage storage = new MemoryStorage();
    private boolean isForgetful;

    FuzzedLog(Format format, byte[] bytes) {
        this.format = format;
        this.variant = bytes.length == 0 ? 0 : bytes[0];
        byte[] content = Arrays.copyOfRange(bytes, Math.min(1, bytes.length), bytes.length);
        write(
                format == Format.WAL ? SEGMENT : LOG,
                format == Format.WAL ? segment(content) : content);
    }

    /** The bytes that a sound log of a few records is made from. */
    static byte[] sound(Format format, int variant) {
        var fuzzed = new FuzzedLog(format, new byte[] {(byte) variant});
        try (var log = fuzzed.open()) {
            for (int i = 0; i < RECORDS; i++) {
                log.append(("record " + i).repeat(i % 3 + 1).getBytes(StandardCharsets.UTF_8));
            }
            log.drain();
            log.delete(log.since());
            log.drain();
        }
        return fuzzed.input();
    }

    private byte[] input() {
        long from = format == Format.WAL ? WalHeader.BYTES : 0;
        try (var file = storage.open(format == Format.WAL ? SEGMENT : LOG, Storage.OpenMode.READ)) {
            var input = new byte[1 + (int) (file.size() - from)];
            input[0] = (byte) variant;
            file.read(from, MemorySegment.ofArray(input).asSlice(1));
            return input;
        }
    }

    /** The planted bug: each opening cuts a byte off first. */
    void losesRecordsWhenOpenedAgain() {
        isForgetful = true;
    }

    private void forget() {
        try (var file = storage.open(LOG, Storage.OpenMode.READ_WRITE)) {
            file.truncate(file.size() - 1);
        }
    }

    /** Throws an AssertionError, or what no caller of a log expects. */
    void check() {
        TreeMap<Long, byte[]> records;
        try (var log = open()) {
            records = readAll(log);
        } catch (MillraceException e) {
            coded(e);
            return;
        }
        long appended;
        try (var log = open()) {
            same(records, readAll(log), "recovery twice");
            if (log.failure() != null) {
                return;
            }
            appended = log.append(new byte[] {42});
            if (!records.isEmpty() && appended <= records.lastKey()) {
                throw new AssertionError("appended at " + appended);
            }
            log.drain();
            records.put(appended, new byte[] {42});
            same(records, readAll(log), "after an append");
        }
        try (var log = open()) {
            same(records, readAll(log), "after an append and a close");
        }
    }

    private Log open() {
        if (isForgetful) {
            forget();
        }
        return switch (format) {
            case OFFSET ->
                    OffsetLog.open(
                            LOG,
                            OffsetOptions.defaults()
                                    .withStorage(storage)
                                    .withBufferBytes(BUFFER_BYTES)
                                    .withCodec(OffsetCodec.values()[(variant & 0x7F) % 4]));
            case BLOCK ->
                    BlockLog.open(
                            LOG,
                            BlockOptions.defaults()
                                    .withStorage(storage)
                                    .withBufferBytes(BUFFER_BYTES)
                                    .withBlockBytes(BLOCK_BYTES));
            case WAL ->
                    WalLog.open(
                            LOG,
                            WalOptions.defaults()
                                    .storage(storage)
                                    .bufferBytes(BUFFER_BYTES)
                                    .preallocateBytes(0));
        };
    }

    /** By sequence; a deleted record as null. Checks that both directions and get agree. */
    private TreeMap<Long, byte[]> readAll(Log log) {
        var forward = new TreeMap<Long, byte[]>();
        boolean isWhole = read(log, Range.ALL, forward);
        var backward = new TreeMap<Long, byte[]>();
        isWhole &= read(log, Range.newestFirst(), backward);
        if (isWhole) {
            same(forward, backward, "backwards");
            long last = forward.isEmpty() ? -1 : forward.lastKey();
            if (log.since() != last) {
                throw new AssertionError("since " + log.since() + ", last record " + last);
            }
        }
        forward.forEach((seq, record) -> get(log, seq, record));
        return forward;
    }

    /** Returns true when it met no damage. */
    private static boolean read(Log log, Range range, TreeMap<Long, byte[]> records) {
        int errors = 0;
        try (var cursor = log.cursor(range);
                var batch = RecordBatch.allocate(512, 5)) {
            while (true) {
                try {
                    if (cursor.next(batch) == 0) {
                        return errors == 0;
                    }
                } catch (MillraceException e) {
                    coded(e);
                    if (++errors == ERRORS_MAX) {
                        throw new AssertionError("the cursor stands still at " + e.getMessage());
                    }
                    continue;
                }
                for (int i = 0; i < batch.count(); i++) {
                    var record = batch.isDeleted(i) ? null : batch.slice(i).copy();
                    if (records.containsKey(batch.seq(i))) {
                        throw new AssertionError(batch.seq(i) + " comes twice");
                    }
                    records.put(batch.seq(i), record);
                }
            }
        }
    }

    private static void get(Log log, long seq, byte[] expected) {
        var to = new byte[expected == null ? 1 : expected.length];
        try {
            int length = log.get(seq, MemorySegment.ofArray(to));
            if (expected == null || length != expected.length || !Arrays.equals(to, expected)) {
                throw new AssertionError("get(" + seq + ") is not what the cursor gave");
            }
        } catch (MillraceException e) {
            if (expected != null || e.code() != ErrorCode.ERR_RECORD_DELETED) {
                throw new AssertionError("get(" + seq + ") of what the cursor gave", e);
            }
        }
    }

    private static void same(TreeMap<Long, byte[]> one, TreeMap<Long, byte[]> other, String when) {
        if (!one.keySet().equals(other.keySet())) {
            throw new AssertionError(when + ": " + one.keySet() + ", then " + other.keySet());
        }
        one.forEach(
                (seq, record) -> {
                    if (!Arrays.equals(record, other.get(seq))) {
                        throw new AssertionError(when + ": another record at " + seq);
                    }
                });
    }

    private static void coded(MillraceException e) {
        if (e.code() == ErrorCode.ERR_INTERNAL) {
            throw new AssertionError("not a failure that anybody thought of", e);
        }
    }

    /** The content as frames behind a sound header, each with its sequence and its checksum. */
    private byte[] segment(byte[] content) {
        if ((variant & RAW_HEADER) != 0) {
            return content;
        }
        var header = WalHeader.of(1, 0, 0, 0);
        var bytes = new byte[WalHeader.BYTES + content.length];
        var block = MemorySegment.ofArray(bytes);
        header.put(block);
        System.arraycopy(content, 0, bytes, WalHeader.BYTES, content.length);
        if ((variant & RAW_CHECKSUMS) == 0) {
            var crc = new BlockCrc().over(block);
            for (long at = WalHeader.BYTES; at + WalFrame.HEADER_BYTES <= bytes.length; ) {
                int frame = WalFrame.frameBytes(WalFrame.length(block, at));
                if (at + frame > bytes.length) {
                    break;
                }
                finish(block, at, header.salt(), crc);
                at += frame;
            }
        }
        return bytes;
    }

    private void finish(MemorySegment block, long at, int salt, BlockCrc crc) {
        byte flags = block.get(ValueLayout.JAVA_BYTE, at + 3);
        block.set(ValueLayout.JAVA_BYTE, at + 3, (byte) (flags & 7 | WalFrame.PRESENT));
        block.set(ValueLayout.JAVA_INT_UNALIGNED, at + 4, salt);
        if ((variant & RAW_SEQUENCES) == 0) {
            block.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 8, at - WalHeader.BYTES);
        }
        WalFrame.finish(block, at, crc);
    }

    private void write(Path path, byte[] content) {
        try (var file = storage.open(path, Storage.OpenMode.CREATE)) {
            file.write(0, MemorySegment.ofArray(content));
            file.sync();
        }
        storage.syncDirectory(path.getParent());
    }
}
