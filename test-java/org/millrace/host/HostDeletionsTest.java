package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.millrace.fault.FaultyStorage;
import org.millrace.fault.MemoryStorage;
import org.millrace.log.Durability;
import org.millrace.log.Gather;
import org.millrace.log.HidingLog;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The order of deletions that wait for the disk, and of what else happens to their log. */
class HostDeletionsTest {
    private static final Path LOG = Path.of("/d/log");

    @Test
    void whatIsHiddenIsDeletedBeforeRecordsMove() {
        try (var log = open(new MemoryStorage())) {
            var seqs = append(log, "a", "b", "c", "d");
            var shown = new HidingLog(log);
            var deletions = deletions(shown);
            deletions.hide(seqs.get(0));
            var taken = deletions.take(); // of a task that has not begun
            deletions.hide(seqs.get(2));
            deletions.beforeMoving(() -> log.compact(_ -> {}));
            assertEquals(List.of("b", "d"), texts(log));
            assertEquals(List.of("b", "d"), texts(shown));
            deletions.carryOut(taken); // the places are others' now
            deletions.finish();
            assertEquals(List.of("b", "d"), texts(log));
        }
    }

    @Test
    void whatCouldNotBeDeletedIsToldAndStaysHiddenUntilItIsOrTheLogIsOpenedAgain() {
        var disk = new MemoryStorage();
        var storage = new FaultyStorage(disk);
        try (var log = open(storage)) {
            var seqs = append(log, "a", "b", "c");
            log.drain();
            var shown = new HidingLog(log);
            var deletions = deletions(shown);
            storage.fail(FaultyStorage.Call.WRITE, 1, FaultyStorage.Fault.ENOSPC, true);
            deletions.hide(seqs.get(1));
            var batch = deletions.take();
            for (int i = 0; i < 2; i++) { // the second time it is only told
                var e = assertThrows(MillraceException.class, () -> deletions.carryOut(batch));
                assertEquals(ErrorCode.ERR_NO_SPACE, e.code());
            }
            assertEquals(List.of("a", "c"), texts(shown));
            try (var again = open(disk.afterKill())) {
                assertEquals(List.of("a", "b", "c"), texts(again));
            }
            storage.heal();
            deletions.hide(seqs.get(1));
            deletions.finish();
            assertEquals(List.of("a", "c"), texts(log));
        }
    }

    @Test
    void aFailedDeletionFailsNoOther() {
        var storage = new FaultyStorage(new MemoryStorage());
        try (var log = open(storage)) {
            var seqs = append(log, "a", "b", "c");
            log.drain();
            var deletions = deletions(new HidingLog(log));
            storage.fail(FaultyStorage.Call.WRITE, 1, FaultyStorage.Fault.ENOSPC, false);
            deletions.hide(seqs.get(0));
            var failing = deletions.take();
            deletions.hide(seqs.get(2));
            var next = deletions.take();
            assertThrows(MillraceException.class, () -> deletions.carryOut(failing));
            deletions.carryOut(next);
            assertEquals(List.of("a", "b"), texts(log));
        }
    }

    @Test
    void whereNoRecordStartsNothingIsHidden() {
        try (var log = open(new MemoryStorage())) {
            append(log, "a", "b");
            var shown = new HidingLog(log);
            var deletions = deletions(shown);
            for (long wrong : new long[] {1, 500, -1}) {
                assertThrows(MillraceException.class, () -> deletions.hide(wrong));
            }
            deletions.finish();
            assertEquals(List.of("a", "b"), texts(shown));
            assertEquals(0, shown.hidden().size());
        }
    }

    private static BlockLog open(Storage storage) {
        var options = BlockOptions.defaults().withStorage(storage).withDurability(Durability.SYNC);
        return BlockLog.open(LOG, options);
    }

    private static HostDeletions deletions(HidingLog shown) {
        return new HostDeletions(shown, List::of, List::of);
    }

    private static List<Long> append(Log log, String... texts) {
        var seqs = new ArrayList<Long>();
        for (var text : texts) {
            seqs.add(log.append(text.getBytes(StandardCharsets.UTF_8)));
        }
        return seqs;
    }

    private static List<String> texts(Log log) {
        var texts = new ArrayList<String>();
        log.forEach(
                Range.ALL,
                (seq, record) -> {
                    texts.add(new String(record.copy(), StandardCharsets.UTF_8));
                    assertEquals(1, Gather.length(log, seq, MemorySegment.NULL));
                });
        return texts;
    }
}
