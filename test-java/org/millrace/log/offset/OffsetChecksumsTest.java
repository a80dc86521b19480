package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.FaultyStorage.Call;
import org.millrace.fault.FaultyStorage.Fault;
import org.millrace.fault.LogSubject;
import org.millrace.fault.MemoryStorage;
import org.millrace.fault.Tier;
import org.millrace.format.OffsetChecksumPage;
import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The checksums beside an offset log: what they tell, and that they do no harm. */
class OffsetChecksumsTest {
    private static final Path LOG = Path.of("/d/log.offset");
    private static final Path CHECKSUMS = Path.of("/d/millrace/log.offset/checksums");
    private final MemoryStorage storage = new MemoryStorage();
    private OffsetCodec codec = OffsetCodec.BITS_32;

    @ParameterizedTest
    @EnumSource(OffsetCodec.class)
    void everyBitFlipInAPayloadIsToldWithItsOffset(OffsetCodec which) {
        codec = which;
        var seqs = append(true, "first", "second record", "third");
        for (long seq : seqs) {
            for (int bit = 0; bit < 5 * 8; bit++) {
                flip(LOG, (seq + 4) * 8 + bit);
                var damages = verify().damages();
                assertEquals(1, damages.size(), "record at " + seq + ", bit " + bit);
                assertEquals("checksum", damages.getFirst().reason());
                assertEquals(seq, damages.getFirst().offset());
                flip(LOG, (seq + 4) * 8 + bit);
            }
        }
        assertTrue(verify().isWhole());
    }

    @Test
    void repairLeavesADeletedRecordAndTheBytesInQuarantine() {
        var seqs = append(true, "first", "second record", "third");
        flip(LOG, (seqs.get(1) + 6) * 8);
        var options = options();
        var report = new OffsetTools(codec).repair(LOG, verify(), options);
        assertTrue(report.after().isWhole());
        assertEquals(2, report.after().records());
        assertEquals(1, report.after().deleted());
        assertEquals(1, report.quarantine().size());
    }

    @Test
    void aDeletedRecordIsNoDamage() {
        var seqs = append(true, "first", "second record", "third");
        try (var log = open(false)) {
            log.delete(seqs.get(1));
        }
        assertTrue(verify().isWhole());
        try (var log = open(true)) {
            log.delete(seqs.get(2));
        }
        assertTrue(verify().isWhole());
    }

    @Test
    void theLastRecordIsAccusedOnlyWhereTheChecksumsLeftTheLog() {
        var seqs = append(true, "first", "second", "third");
        flip(LOG, (seqs.get(2) + 4) * 8);
        assertEquals(List.of(seqs.get(2)), damagedOffsets());
        append(false, "theirs");
        assertTrue(verify().isWhole());
    }

    /** A copy of another log in its place: not one of its records may be taken for damaged. */
    @Test
    void theChecksumsOfAnotherLogAccuseNobody() {
        append(true, "aaaaa", "bbbbb", "ccccc");
        cut(LOG, 0);
        var seqs = append(false, "xxxxx", "yyyyy", "zzzzz");
        assertTrue(verify().isWhole());
        append(true);
        assertTrue(verify().isWhole());
        flip(LOG, (seqs.get(1) + 4) * 8);
        assertEquals(List.of(seqs.get(1)), damagedOffsets());
    }

    /** Records of one length, so that every sequence is one that a checksum is known of. */
    @Test
    void aTailThatAnotherWroteAnewAccusesNobody() {
        var seqs = append(true, "aaaaa", "bbbbb", "ccccc", "ddddd");
        cut(LOG, seqs.get(2));
        append(false, "xxxxx", "yyyyy", "zzzzz");
        assertTrue(verify().isWhole());
        append(true);
        flip(LOG, (seqs.get(1) + 4) * 8);
        flip(LOG, (seqs.get(3) + 4) * 8);
        assertEquals(List.of(seqs.get(1), seqs.get(3)), damagedOffsets());
    }

    @Test
    void recoveryThatCutsATornRecordLeavesTheChecksumsOfTheRest() {
        var seqs = append(true, "first", "second", "third");
        cut(LOG, seqs.get(2) + 7);
        flip(LOG, (seqs.get(0) + 4) * 8);
        assertEquals(2, verify().damages().size());
        append(true, "other");
        assertEquals(List.of(seqs.get(0)), damagedOffsets());
    }

    @Test
    void checksumsCutAnywhereAreMadeAnew() {
        var seqs = append(true, "first", "second record", "third");
        for (long length : new long[] {0, 1, 31, 32, 40, 4095}) {
            cut(CHECKSUMS, length);
            assertTrue(verify().isWhole(), "cut to " + length);
            append(true);
            flip(LOG, (seqs.get(2) + 4) * 8);
            assertEquals(List.of(seqs.get(2)), damagedOffsets(), "cut to " + length);
            flip(LOG, (seqs.get(2) + 4) * 8);
        }
    }

    /** Only the side file is cut when a clean log is opened. */
    @Test
    void aLogGoesOnWhenItsChecksumsCannotBeWritten() {
        append(true, "first");
        var faulty = new FaultyStorage(storage);
        faulty.fail(Call.TRUNCATE, 1, Fault.EIO, true);
        try (var log = open(faulty, true)) {
            assertTrue(faulty.fired() > 0);
            log.append("second".getBytes());
            assertNull(log.failure());
        }
        assertEquals(2, verify().records());
        assertTrue(verify().isWhole());
    }

    /** The peer knows nothing of the side file. */
    @Test
    void whatAnotherWriterAppendedOrCutIsCoveredByTheNextOpen() {
        append(true, "ours", "ours too");
        var later = append(false, "theirs");
        append(true);
        flip(LOG, (later.getFirst() + 4) * 8);
        assertEquals(1, verify().damages().size());
        try (var file = storage.open(LOG, Storage.OpenMode.READ_WRITE)) {
            file.truncate(later.getFirst());
        }
        var other = append(false, "other").getFirst();
        assertEquals(later.getFirst(), other);
        append(true);
        assertTrue(verify().isWhole());
        flip(LOG, (other + 4) * 8);
        assertEquals(other, verify().damages().getFirst().offset());
    }

    @Test
    void manyPagesAndARecordLargerThanABlock() {
        var seqs = new ArrayList<Long>();
        try (var log = open(true)) {
            for (int i = 0; i < 3 * OffsetChecksumPage.ENTRIES_MAX; i++) {
                seqs.add(log.append(("record " + i).getBytes()));
                if (i == 700) {
                    seqs.add(log.append("x".repeat(600_000).getBytes()));
                }
            }
        }
        assertTrue(verify().isWhole());
        for (int i : new int[] {0, 507, 508, 701, 1016, seqs.size() - 1}) {
            flip(LOG, (seqs.get(i) + 8) * 8);
            assertEquals(List.of(seqs.get(i)), damagedOffsets(), "record " + i);
            flip(LOG, (seqs.get(i) + 8) * 8);
        }
    }

    @Test
    void aDamagedPageAccusesNobodyAndIsMadeAnew() {
        var seqs = append(true, "first", "second record", "third");
        for (int bit = 0; bit < OffsetChecksumPage.BYTES * 8; bit += 101) {
            flip(CHECKSUMS, bit);
            assertTrue(verify().isWhole(), "bit " + bit);
            flip(CHECKSUMS, bit);
        }
        flip(CHECKSUMS, 40 * 8);
        append(true);
        flip(LOG, (seqs.get(2) + 4) * 8);
        assertEquals(List.of(seqs.get(2)), damagedOffsets());
    }

    /** Level sync and memory: the side file follows, and neither slows nor fails an append. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void aLogThatIsKilledIsCoveredByTheNextOpen(Durability level) {
        var log =
                OffsetLog.open(
                        LOG,
                        OffsetOptions.defaults()
                                .withStorage(storage)
                                .withChecksums(true)
                                .withDurability(level));
        long last = -1;
        for (int i = 0; i < 2000; i++) {
            last = log.append(new byte[] {1, 2, 3, 4, (byte) i});
        }
        log.drain();
        var disk = storage.afterPowerCut();
        try (var again =
                OffsetLog.open(
                        LOG, OffsetOptions.defaults().withStorage(disk).withChecksums(true))) {
            assertNull(again.failure());
            assertEquals(last, again.since());
        }
        flip(disk, LOG, (last + 4) * 8);
        var options = MaintenanceOptions.defaults().withStorage(disk);
        var damages = new OffsetTools(codec).verify(LOG, options).damages();
        assertEquals(List.of(last), damages.stream().map(DamagedRange::offset).toList());
    }

    /** Log and side file are written apart: whatever a crash leaves of each, none is accused. */
    @ParameterizedTest
    @EnumSource(Crash.class)
    void noCrashMakesTheChecksumsAccuseARecord(Crash crash) {
        long seed = Tier.seed("OffsetChecksumsTest " + crash);
        var options = OffsetOptions.defaults().withChecksums(true).withDurability(Durability.SYNC);
        var subject =
                new LogSubject(
                        LogSubject.Acknowledged.BY_APPEND,
                        seed,
                        40,
                        disk -> OffsetLog.open(LOG, options.withStorage(disk))) {
                    @Override
                    public List<byte[]> recover(Storage disk) {
                        var records = super.recover(disk);
                        assertTrue(verify(disk).isWhole());
                        return records;
                    }
                };
        CrashCheck.run(subject, crash, seed, 500).assertSound();
    }

    private List<Long> damagedOffsets() {
        return verify().damages().stream().map(DamagedRange::offset).toList();
    }

    private List<Long> append(boolean checksums, String... records) {
        var seqs = new ArrayList<Long>();
        try (var log = open(checksums)) {
            for (var record : records) {
                seqs.add(log.append(record.getBytes()));
            }
        }
        return seqs;
    }

    private OffsetLog open(boolean checksums) {
        return open(storage, checksums);
    }

    private OffsetLog open(Storage storage, boolean checksums) {
        return OffsetLog.open(
                LOG,
                OffsetOptions.defaults()
                        .withStorage(storage)
                        .withCodec(codec)
                        .withChecksums(checksums));
    }

    private MaintenanceOptions options() {
        return MaintenanceOptions.defaults().withStorage(storage);
    }

    private VerifyReport verify() {
        return verify(storage);
    }

    private VerifyReport verify(Storage disk) {
        return new OffsetTools(codec).verify(LOG, MaintenanceOptions.defaults().withStorage(disk));
    }

    private void flip(Path path, long bit) {
        flip(storage, path, bit);
    }

    private void cut(Path path, long length) {
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            file.truncate(length);
        }
    }

    private static void flip(Storage storage, Path path, long bit) {
        try (var file = storage.open(path, Storage.OpenMode.READ_WRITE)) {
            var one = MemorySegment.ofArray(new byte[1]);
            file.read(bit / 8, one);
            byte changed =
                    (byte) (one.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)[0] ^ 1 << bit % 8);
            file.write(bit / 8, MemorySegment.ofArray(new byte[] {changed}));
        }
    }
}
