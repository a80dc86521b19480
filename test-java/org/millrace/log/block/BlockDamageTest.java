package org.millrace.log.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.log.block.BlockLogTest.append;
import static org.millrace.log.block.BlockLogTest.code;
import static org.millrace.log.block.BlockLogTest.get;
import static org.millrace.log.block.BlockLogTest.read;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.LogSubject;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Torn tails, rot, and the peers' own defects: what is kept, what is told, what never happens. */
class BlockDamageTest {
    private static final int BLOCK = 128;
    private static final int IMAGES = Tier.count("millrace.images", 800, 100_000);
    private static final BlockOptions OPTIONS =
            BlockOptions.defaults()
                    .withBlockBytes(BLOCK)
                    .withDurability(Durability.OS)
                    .withBufferBytes(4096);

    /** In memory: these tests open thousands of logs. */
    private final MemoryStorage disk = new MemoryStorage();

    private final BlockOptions options = OPTIONS.withStorage(disk);
    private int samples;

    /**
     * The peers open a file whose length is no multiple of the block misaligned, and write zeros.
     */
    @Test
    void everyTruncationKeepsTheLongestValidPrefixAndQuarantinesTheRest() {
        for (boolean known : new boolean[] {false, true}) {
            var whole = sample(5);
            var bytes = bytesOf(whole);
            var all = records(whole);
            for (int length = bytes.length; length >= 0; length--) {
                var path = Path.of("/disk/" + "cut" + known + length);
                write(path, Arrays.copyOf(bytes, length));
                if (known) {
                    copyCheckpoint(whole, path);
                }
                if (!known && length > 0 && length < endOf(bytes, 1)) {
                    checkRefused(path, options, Arrays.copyOf(bytes, length));
                } else {
                    checkCut(path, length, bytes, all);
                }
            }
        }
    }

    private void checkCut(Path path, int length, byte[] bytes, List<String> all) {
        try (var log = BlockLog.open(path, options)) {
            var found = read(log, Range.ALL);
            assertEquals(all.subList(0, found.size()), found, "cut at " + length);
            int end = endOf(bytes, found.size());
            int next = found.size() == all.size() ? 0 : endOf(bytes, found.size() + 1);
            assertTrue(next == 0 || next > length, "a whole record was dropped at " + length);
            assertEquals(0, bytesOf(path).length % BLOCK);
            var report = log.openReport();
            boolean zeros = true;
            for (int i = end; i < length; i++) {
                zeros &= bytes[i] == 0;
            }
            if (!zeros) {
                assertEquals(length - end, report.quarantinedBytes(), "cut at " + length);
                var kept = bytesOf(Path.of(report.quarantine()));
                assertTrue(Arrays.equals(kept, Arrays.copyOfRange(bytes, end, length)));
            }
            long seq = append(log, "next");
            assertEquals("next", get(log, seq));
        }
        try (var log = BlockLog.open(path, options)) {
            assertEquals(OpenReport.CLEAN, log.openReport(), "recovery is done once");
        }
    }

    /** Each begins like a torn block, or like records with a torn one behind them. */
    @Test
    void aFileThatIsNoBlockLogIsNotTouched() {
        var words = "the quick brown fox jumps over the lazy dog, ".repeat(5000).getBytes();
        var pages = new byte[24_576]; // a small database: a name, zeros, more
        System.arraycopy("SQLite format 3".getBytes(), 0, pages, 0, 15);
        Arrays.fill(pages, 24_000, pages.length, (byte) 7);
        var offsetLog = new byte[200_000];
        for (int at = 0; at + 1000 < offsetLog.length; at += 1012) {
            System.arraycopy(new byte[] {0, 0, 3, (byte) 0xe8}, 0, offsetLog, at, 4);
            Arrays.fill(offsetLog, at + 4, at + 1012, (byte) 'x');
        }
        for (int blockBytes : new int[] {1024, 65_536}) {
            for (int length : new int[] {16, 512, 523, 1024, 3000, 30_000, 65_536, 200_000}) {
                refuse(Arrays.copyOf(words, length), blockBytes);
                refuse(Arrays.copyOf(offsetLog, length), blockBytes);
            }
            refuse(pages, blockBytes);
        }
        for (var text :
                new String[] {"[\n{\"a\":", "\n\t{\"a\":", "\0\377{\"a\":", "\211PNG\r\n"}) {
            var bytes = text.repeat(200).getBytes(StandardCharsets.ISO_8859_1);
            refuse(Arrays.copyOf(bytes, 512), 65_536);
        }
        var begun = firstRecord(3000, false);
        refuse(Arrays.copyOf(begun, 511), 65_536); // no crash's
        begun[2] = '[';
        refuse(Arrays.copyOf(begun, 512), 65_536);
        var bipf = firstRecord(3000, true);
        bipf[3]++; // another length
        refuse(Arrays.copyOf(bipf, 512), 65_536);
    }

    /** A peer's first record larger than a sector, and a crash before it was written. */
    @Test
    void aPeersFirstRecordTornAtASectorIsCutAndKept() {
        for (boolean isBipf : new boolean[] {false, true}) {
            for (int length : new int[] {514, 600, 4096, 8191}) {
                for (int size = 512; size < length + 2; size += 512) {
                    var path = Path.of("/disk/first" + samples++);
                    write(path, Arrays.copyOf(firstRecord(length, isBipf), size));
                    var large = options.withBlockBytes(65_536);
                    try (var log = BlockLog.open(path, large)) {
                        var report = log.openReport();
                        assertEquals("torn", report.reason());
                        assertEquals(0, report.truncatedAtOffset());
                        assertEquals(size, report.quarantinedBytes());
                        var kept = bytesOf(Path.of(report.quarantine()));
                        assertEquals(size, kept.length);
                        assertEquals(-1, log.since());
                        append(log, "goes on");
                    }
                    try (var log = BlockLog.open(path, large)) {
                        assertEquals(List.of("goes on"), read(log, Range.ALL));
                    }
                }
            }
        }
    }

    /** A length and that many bytes: an object of JSON, or of bipf. */
    private static byte[] firstRecord(int length, boolean isBipf) {
        var bytes = new byte[2 + length];
        Arrays.fill(bytes, (byte) 'x');
        bytes[0] = (byte) length;
        bytes[1] = (byte) (length >> 8);
        int tag = length - (length < 2050 ? 2 : 3) << 3 | 5; // a varint of 14 bits, or of 21
        var object =
                isBipf && length < 2050
                        ? new byte[] {(byte) (tag | 0x80), (byte) (tag >> 7)}
                        : isBipf
                                ? new byte[] {
                                    (byte) (tag | 0x80),
                                    (byte) (tag >> 7 | 0x80),
                                    (byte) (tag >> 14)
                                }
                                : "{\"key\":".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(object, 0, bytes, 2, object.length);
        return bytes;
    }

    private void refuse(byte[] bytes, int blockBytes) {
        var path = Path.of("/disk/stranger" + samples++);
        write(path, bytes);
        checkRefused(path, options.withBlockBytes(blockBytes), bytes);
        checkRefused(path, options.withBlockBytes(blockBytes).withReadOnly(true), bytes);
    }

    private void checkRefused(Path path, BlockOptions options, byte[] bytes) {
        code(ErrorCode.ERR_LOG_FORMAT, () -> BlockLog.open(path, options).close());
        assertTrue(Arrays.equals(bytes, bytesOf(path)), "changed");
    }

    @Test
    void aFileThatSomebodyEmptiesBeneathUsIsNotTakenForAnEmptyLog() {
        var path = Path.of("/disk/emptied");
        try (var log = BlockLog.open(path, options)) {
            append(log, "before");
            try (var file = disk.open(path, Storage.OpenMode.READ_WRITE)) {
                file.truncate(0);
            }
            append(log, "behind");
        }
        try (var log = BlockLog.open(path, options)) {
            assertTrue(log.openReport().quarantinedBytes() > 0, "told, and kept");
        }
    }

    @Test
    void everyBitFlipIsToldOrHarmlessAndNeverACrash() {
        var whole = sample(4);
        var bytes = bytesOf(whole);
        var all = records(whole);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            var flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            var path = Path.of("/disk/" + "flip" + bit);
            write(path, flipped);
            if (bit % 2 == 0) {
                copyCheckpoint(whole, path);
            }
            checkFlip(path, bit, all);
        }
    }

    private void checkFlip(Path path, int bit, List<String> all) {
        try (var log = BlockLog.open(path, options)) {
            var found = readOverDamage(log);
            boolean told = log.failure() != null || !log.openReport().equals(OpenReport.CLEAN);
            int inRecord = 0;
            for (var record : found.records()) {
                inRecord += all.contains(record) ? 0 : 1;
            }
            // Without a checksum a payload, or two neighbours that trade their border, look right.
            boolean silent = !told && found.damages() == 0 && inRecord == 0;
            assertTrue(!silent || found.records().equals(all), "bit " + bit);
            assertTrue(inRecord <= 2 * BLOCK / 3, "bit " + bit);
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_LOG_FORMAT, e.code(), "bit " + bit);
            assertTrue(bit < BLOCK * 8, "bit " + bit);
        }
    }

    /** The peer's since points at a phantom, and its next append overwrites a durable record. */
    @Test
    void aZeroFilledLastBlockIsNoRecord() {
        var path = sample(6);
        var all = records(path);
        var bytes = bytesOf(path);
        write(path, Arrays.copyOf(bytes, bytes.length + 3 * BLOCK));
        try (var log = BlockLog.open(path, options)) {
            assertEquals(all, read(log, Range.ALL));
            assertEquals("zero", log.openReport().reason());
            assertEquals(bytes.length, bytesOf(path).length);
            append(log, "next");
            assertEquals(all, read(log, Range.ALL).subList(0, all.size()));
        }
    }

    @Test
    void aCorruptFirstRecordInTheLastBlockLosesOnlyThatBlock() {
        var path = sample(6);
        var all = records(path);
        var bytes = bytesOf(path);
        bytes[bytes.length - BLOCK + 1] = (byte) 0xFF;
        write(path, bytes);
        try (var log = BlockLog.open(path, options)) {
            var kept = read(log, Range.ALL);
            assertEquals(all.subList(0, kept.size()), kept);
            assertEquals(bytes.length - BLOCK, log.openReport().truncatedAtOffset() + gap(log));
            assertEquals(bytes.length - BLOCK, bytesOf(path).length);
        }
    }

    /** Zeros between the last record and the end of its block. */
    private static long gap(BlockLog log) {
        long end = log.openReport().truncatedAtOffset();
        return (BLOCK - end % BLOCK) % BLOCK;
    }

    /** In the peer a RangeError that ends the process. */
    @Test
    void rotInTheMiddleIsACodedErrorAndTheRestStaysReadable() {
        var path = sample(8);
        var all = records(path);
        var bytes = bytesOf(path);
        bytes[3 * BLOCK + 1] = (byte) 0xFF;
        for (boolean known : new boolean[] {true, false}) {
            write(path, bytes);
            if (!known) {
                disk.delete(checkpoint(path));
            }
            try (var log = BlockLog.open(path, options)) {
                var found = readOverDamage(log);
                assertEquals(1, found.damages());
                assertTrue(all.containsAll(found.records()));
                assertTrue(found.records().size() > all.size() / 2);
                code(ErrorCode.ERR_LOG_CORRUPT, () -> get(log, 3 * BLOCK));
                assertEquals(all.getLast(), found.records().getLast());
                if (!known) {
                    assertEquals(3 * BLOCK, log.openReport().damagedAtOffset());
                    code(ErrorCode.ERR_LOG_CORRUPT, () -> append(log, "x"));
                    code(ErrorCode.ERR_LOG_CORRUPT, () -> log.delete(0));
                }
                assertTrue(Arrays.equals(bytes, bytesOf(path)) || known);
                assertEquals(found.records().size(), readBack(log).size());
            }
        }
    }

    @Test
    void aCrashLeavesAPrefixWithEverythingAcknowledged() {
        long seed = Tier.seed(this);
        for (var level : Durability.values()) {
            for (int blockBytes : new int[] {1024, 4096}) {
                var subject = new Subject(level, blockBytes, seed);
                var crash = level == Durability.OS ? Crash.KILL : Crash.POWER_CUT;
                CrashCheck.run(subject, crash, seed, IMAGES).assertSound();
            }
        }
    }

    /**
     * A torn payload cannot be told: no checksum; behind the last acknowledgement it may differ.
     */
    private static final class Subject extends LogSubject {
        Subject(Durability level, int blockBytes, long seed) {
            super(
                    level == Durability.MEMORY ? Acknowledged.BY_DRAIN : Acknowledged.BY_APPEND,
                    seed,
                    40,
                    storage ->
                            BlockLog.open(
                                    Path.of("/disk/log"),
                                    BlockOptions.defaults()
                                            .withStorage(storage)
                                            .withDurability(level)
                                            .withWriteTimeoutMs(60_000)
                                            .withBufferBytes(2048)
                                            .withBlockBytes(blockBytes)));
        }

        @Override
        public boolean same(int index, byte[] appended, byte[] recovered, boolean acknowledged) {
            return !acknowledged || Arrays.equals(appended, recovered);
        }
    }

    private record Reading(List<String> records, int damages) {}

    private static Reading readOverDamage(BlockLog log) {
        return readOverDamage(log, Range.ALL);
    }

    private static List<String> readBack(BlockLog log) {
        return readOverDamage(log, Range.newestFirst()).records();
    }

    private static Reading readOverDamage(BlockLog log, Range range) {
        var records = new ArrayList<String>();
        int damages = 0;
        try (var batch = RecordBatch.allocate(300, 8);
                var cursor = log.cursor(range)) {
            while (damages < 100) {
                try {
                    if (cursor.next(batch) == 0) {
                        break;
                    }
                    for (int i = 0; i < batch.count(); i++) {
                        records.add(batch.isDeleted(i) ? null : new String(batch.slice(i).copy()));
                    }
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.ERR_LOG_CORRUPT, e.code());
                    damages++;
                }
            }
        }
        assertFalse(damages >= 100, "the cursor does not get behind the damage");
        return new Reading(records, damages);
    }

    private Path sample(int blocks) {
        var path = Path.of("/disk/sample" + samples++);
        try (var log = BlockLog.open(path, options)) {
            for (int i = 0; log.since() < (blocks - 1) * BLOCK; i++) {
                append(log, i + "abcdefghijklmnopqrstuvwxyz".substring(0, 1 + i * 7 % 26));
            }
        }
        return path;
    }

    private List<String> records(Path path) {
        try (var log = BlockLog.open(path, options.withReadOnly(true))) {
            return read(log, Range.ALL);
        }
    }

    /** Offset behind the n-th record. */
    private static int endOf(byte[] bytes, int records) {
        int at = 0;
        for (int i = 0; i < records; ) {
            int room = BLOCK - at % BLOCK;
            int length = room < 2 ? 0 : (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8;
            if (length == 0) {
                at += room;
            } else {
                at += 2 + length;
                i++;
            }
        }
        return at;
    }

    private static Path checkpoint(Path log) {
        return log.resolveSibling("millrace").resolve(log.getFileName()).resolve("checkpoint");
    }

    private void copyCheckpoint(Path from, Path to) {
        write(checkpoint(to), bytesOf(checkpoint(from)));
    }

    private byte[] bytesOf(Path path) {
        try (var file = disk.open(path, Storage.OpenMode.READ)) {
            var bytes = new byte[(int) file.size()];
            file.read(0, MemorySegment.ofArray(bytes));
            return bytes;
        }
    }

    private void write(Path path, byte[] bytes) {
        try (var file = disk.open(path, Storage.OpenMode.CREATE)) {
            file.truncate(0);
            file.write(0, MemorySegment.ofArray(bytes));
        }
    }
}
