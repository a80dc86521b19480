package org.millrace.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.memory.RecordBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The files of the real peers: read alike, written alike byte for byte, compacted alike. */
class BlockGoldenTest {
    private static final Path GOLDEN = Path.of("test-java/org/millrace/golden/files/block");

    @TempDir Path temp;

    @TestFactory
    Stream<DynamicTest> readsTheSameRecords() throws IOException {
        return each("", this::checkRead);
    }

    @TestFactory
    Stream<DynamicTest> writesTheSameBytes() throws IOException {
        return each("", this::checkWrite).filter(test -> !test.getDisplayName().contains("trans"));
    }

    @TestFactory
    Stream<DynamicTest> compactsToTheSameBytes() throws IOException {
        return each("compactedFrom", this::checkCompaction);
    }

    @TestFactory
    Stream<DynamicTest> finishesWhatThePeersCompactionLeftInACrash() throws IOException {
        return each("states", this::checkResume);
    }

    private void checkRead(JsonNode file) throws IOException {
        var path = copy(file.get("file").asText());
        var bytes = Files.readAllBytes(path);
        try (var log = open(path, file)) {
            assertEquals(file.get("since").asLong(), log.since());
            assertEquals(OpenReport.CLEAN, log.openReport());
            assertEquals(records(file), read(log, bytes));
            if (file.has("stats")) {
                assertEquals(0, log.deletedBytes());
            }
        }
        assertArrayEquals(bytes, Files.readAllBytes(path), "opening changes nothing");
    }

    private void checkWrite(JsonNode file) throws IOException {
        var golden = Files.readAllBytes(GOLDEN.resolve(file.get("file").asText()));
        for (var level : Durability.values()) {
            var path = temp.resolve(level + "-" + file.get("file").asText());
            var options =
                    BlockOptions.defaults()
                            .withBlockBytes(file.get("blockSize").asInt())
                            .withDurability(level)
                            .withBufferBytes(4096);
            try (var log = BlockLog.open(path, options)) {
                for (var record : file.get("records")) {
                    long seq = record.get(0).asLong();
                    // A deleted record's bytes are not known any more: any will do.
                    var bytes = payload(golden, seq, record.get(1).asInt(), isDeleted(file, seq));
                    assertEquals(seq, log.append(bytes));
                }
                for (var seq : file.get("deleted")) {
                    log.delete(seq.asLong());
                }
            }
            assertArrayEquals(golden, Files.readAllBytes(path), level.name());
        }
    }

    private void checkCompaction(JsonNode file) throws IOException {
        var path = copy(file.get("compactedFrom").asText());
        long before = Files.size(path);
        try (var log = open(path, file)) {
            var result = log.compact(progress -> {});
            long shorter = before - Files.size(path);
            assertEquals(shorter == 0 ? 1 : shorter, result.sizeDiff());
            assertEquals(file.get("since").asLong(), log.since());
        }
        assertSame(file, path);
    }

    private void checkResume(JsonNode file) throws IOException {
        for (var state : file.get("states")) {
            var path = copy(state.asText());
            copy(state.asText() + ".compaction");
            var told = new ArrayList<Double>();
            try (var log =
                    BlockLog.open(path, options(file), progress -> told.add(progress.percent()))) {
                assertEquals(file.get("since").asLong(), log.since());
            }
            assertSame(file, path);
            assertFalse(Files.exists(path.resolveSibling(state.asText() + ".compaction")));
            assertEquals(state.asText().endsWith("2"), told.isEmpty());
        }
    }

    private static void assertSame(JsonNode golden, Path path) throws IOException {
        var expected = Files.readAllBytes(GOLDEN.resolve(golden.get("file").asText()));
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    private static List<String> records(JsonNode file) {
        var records = new ArrayList<String>();
        for (var record : file.get("records")) {
            long seq = record.get(0).asLong();
            records.add(seq + (isDeleted(file, seq) ? " deleted" : " " + record.get(1)));
        }
        return records;
    }

    /** Checks each record's bytes on the way. */
    private static List<String> read(BlockLog log, byte[] file) {
        var records = new ArrayList<String>();
        try (var batch = RecordBatch.allocate(100_000, 100);
                var cursor = log.cursor(Range.ALL)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    long seq = batch.seq(i);
                    if (!batch.isDeleted(i)) {
                        var expected = payload(file, seq, batch.length(i), false);
                        assertEquals(-1, batch.slice(i).segment().mismatch(expected));
                        var single = MemorySegment.ofArray(new byte[batch.length(i)]);
                        assertEquals(batch.length(i), log.get(seq, single));
                        assertEquals(-1, single.mismatch(expected));
                    }
                    records.add(seq + (batch.isDeleted(i) ? " deleted" : " " + batch.length(i)));
                }
            }
        }
        assertNull(log.failure());
        return records;
    }

    private static boolean isDeleted(JsonNode file, long seq) {
        for (var deleted : file.get("deleted")) {
            if (deleted.asLong() == seq) {
                return true;
            }
        }
        return false;
    }

    private static MemorySegment payload(byte[] file, long seq, int length, boolean any) {
        var bytes = MemorySegment.ofArray(file).asSlice(seq + 2, length);
        return any ? MemorySegment.ofArray(new byte[length]).fill((byte) 7) : bytes;
    }

    private static BlockLog open(Path path, JsonNode file) {
        return BlockLog.open(path, options(file));
    }

    private static BlockOptions options(JsonNode file) {
        return BlockOptions.defaults().withBlockBytes(file.get("blockSize").asInt());
    }

    private Path copy(String name) throws IOException {
        return Files.copy(GOLDEN.resolve(name), temp.resolve(name));
    }

    private interface Check {
        void run(JsonNode file) throws IOException;
    }

    private static Stream<DynamicTest> each(String field, Check check) throws IOException {
        var index = new ObjectMapper().readTree(Files.readString(GOLDEN.resolve("index.json")));
        return StreamSupport.stream(index.get("files").spliterator(), false)
                .filter(file -> field.isEmpty() || file.has(field))
                .map(
                        file ->
                                DynamicTest.dynamicTest(
                                        file.get("file").asText(), () -> check.run(file)));
    }
}
