package org.millrace.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.format.OffsetCodec;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Files of the real flumelog-offset 3.4.4, read and written by ours: the same bytes both ways. */
class OffsetGoldenTest {
    private static final Path FILES = Path.of("test-java/org/millrace/golden/files");

    @TempDir Path temp;

    @TestFactory
    Stream<DynamicTest> everyFileReadsAsThePeerWroteIt() throws Exception {
        return each(this::reads);
    }

    @TestFactory
    Stream<DynamicTest> everyFileIsWrittenByteIdentically() throws Exception {
        return each(this::writes);
    }

    private void reads(JsonNode golden) {
        try {
            var path = temp.resolve("read-" + golden.get("file").asText());
            Files.copy(FILES.resolve(golden.get("file").asText()), path);
            try (var log = OffsetLog.open(path, options(golden))) {
                assertEquals(OpenReport.CLEAN, log.openReport());
                assertEquals(golden.get("since").asLong(), log.since());
                var expected = expected(golden);
                assertEquals(expected, walk(log, Range.ALL), "forward");
                Collections.reverse(expected);
                assertEquals(expected, walk(log, Range.newestFirst()), "backward");
                for (var record : golden.get("records")) {
                    assertEquals(describe(golden, record), get(log, record.get("seq").asLong()));
                }
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void writes(JsonNode golden) {
        var path = temp.resolve("write-" + golden.get("file").asText());
        try (var log = OffsetLog.open(path, options(golden))) {
            int next = 0;
            for (var batch : golden.get("batches")) {
                var data = new ByteArrayOutputStream();
                var ends = new int[batch.asInt()];
                for (int i = 0; i < ends.length; i++) {
                    data.writeBytes(bytes(golden.get("records").get(next++)));
                    ends[i] = data.size();
                }
                log.append(MemorySegment.ofArray(data.toByteArray()), MemorySegment.ofArray(ends));
            }
            golden.get("deleted").forEach(seq -> log.delete(seq.asLong()));
            assertEquals(golden.get("since").asLong(), log.since());
        }
        try {
            assertArrayEquals(
                    Files.readAllBytes(FILES.resolve(golden.get("file").asText())),
                    Files.readAllBytes(path));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> expected(JsonNode golden) {
        var all = new ArrayList<String>();
        golden.get("records").forEach(record -> all.add(describe(golden, record)));
        return all;
    }

    private static String describe(JsonNode golden, JsonNode record) {
        long seq = record.get("seq").asLong();
        var bytes = bytes(record);
        boolean zeros = bytes.length > 0;
        for (byte b : bytes) {
            zeros &= b == 0;
        }
        for (var deleted : golden.get("deleted")) {
            zeros |= deleted.asLong() == seq;
        }
        return seq + " " + (zeros ? "deleted" : HexFormat.of().formatHex(bytes));
    }

    private static List<String> walk(OffsetLog log, Range range) {
        var seen = new ArrayList<String>();
        try (var cursor = log.cursor(range);
                var batch = RecordBatch.allocate(1000, 7)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    seen.add(
                            batch.seq(i)
                                    + " "
                                    + (batch.isDeleted(i)
                                            ? "deleted"
                                            : HexFormat.of().formatHex(batch.slice(i).copy())));
                }
            }
        }
        return seen;
    }

    private static String get(OffsetLog log, long seq) {
        try {
            var to = new byte[log.get(seq, MemorySegment.ofArray(new byte[0]))];
            assertEquals(to.length, log.get(seq, MemorySegment.ofArray(to)));
            return seq + " " + HexFormat.of().formatHex(to);
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_RECORD_DELETED, e.code());
            return seq + " deleted";
        }
    }

    private static byte[] bytes(JsonNode record) {
        var unit = HexFormat.of().parseHex(record.get("hex").asText());
        var all = new ByteArrayOutputStream();
        for (int i = record.path("times").asInt(1); i > 0; i--) {
            all.writeBytes(unit);
        }
        return all.toByteArray();
    }

    private static OffsetOptions options(JsonNode golden) {
        return OffsetOptions.defaults()
                .withCodec(OffsetCodec.ofLabel(golden.get("codec").asText()));
    }

    private static Stream<DynamicTest> each(Consumer<JsonNode> check) throws Exception {
        var index = new ObjectMapper().readTree(FILES.resolve("index.json").toFile());
        return StreamSupport.stream(index.get("files").spliterator(), false)
                .map(
                        golden ->
                                DynamicTest.dynamicTest(
                                        golden.get("file").asText(), () -> check.accept(golden)));
    }
}
