package org.millrace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The block layout, against hand-made bytes and against every file the real peers wrote. */
class BlockFormatTest {
    private static final Path GOLDEN = Path.of("test-java/org/millrace/golden/files/block");

    private final BlockFormat format = new BlockFormat(16);

    @Test
    void theLargestRecordFillsTheBlockButForItsEndMark() {
        assertEquals(12, format.recordBytesMax());
        assertEquals(65_532, new BlockFormat(65_536).recordBytesMax());
        assertEquals(65_535, new BlockFormat(1 << 20).recordBytesMax());
        assertEquals(0, format.place(0, 14));
        assertEquals(16, format.place(1, 14));
        assertEquals(32, format.place(16 + 12, 3));
        assertEquals(16 + 11, format.place(16 + 11, 3));
        assertEquals(32, format.place(32, 5));
    }

    @Test
    void aWalkStopsAtTheEndMarkOrAtDamage() {
        assertEquals(new BlockFormat.Walk(3, 7, true), walk(1, 0, 'a', 2, 0, 'b', 'c', 0, 0));
        assertEquals(new BlockFormat.Walk(-1, 0, true), walk());
        assertEquals(new BlockFormat.Walk(-1, 0, false), walk(0, 0, 'a'));
        assertEquals(new BlockFormat.Walk(0, 3, false), walk(1, 0, 'a', 0, 0, 'x'));
        assertEquals(new BlockFormat.Walk(0, 3, false), walk(1, 0, 'a', 10, 0, 'x'));
        assertEquals(new BlockFormat.Walk(0, 3, false), walk(1, 0, 'a', 255, 255));
    }

    @Test
    void aWalkOverACutBlockKeepsWhatIsWhole() {
        var memory = block(1, 0, 'a', 2, 0, 'b', 'c', 1, 0, 'd');
        assertEquals(new BlockFormat.Walk(0, 3, false), format.walk(memory, 0, 6));
        assertEquals(new BlockFormat.Walk(3, 7, true), format.walk(memory, 0, 7));
        assertEquals(new BlockFormat.Walk(3, 7, false), format.walk(memory, 0, 8));
        assertEquals(new BlockFormat.Walk(-1, 0, false), format.walk(memory, 0, 1));
    }

    @Test
    void onlyZerosReadAsDeleted() {
        assertTrue(BlockFormat.isDeleted(block(), 2, 11));
        assertFalse(BlockFormat.isDeleted(block(0, 0, 0, 1), 2, 2));
    }

    @Test
    void aBlockTooSmallForOneRecordIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BlockFormat(4));
        assertEquals(1, new BlockFormat(5).recordBytesMax());
    }

    @TestFactory
    Stream<DynamicTest> readsWhatThePeersWrote() throws IOException {
        var index = new ObjectMapper().readTree(Files.readString(GOLDEN.resolve("index.json")));
        return StreamSupport.stream(index.get("files").spliterator(), false)
                .map(f -> DynamicTest.dynamicTest(f.get("file").asText(), () -> check(f)));
    }

    private static void check(JsonNode file) throws IOException {
        var bytes = Files.readAllBytes(GOLDEN.resolve(file.get("file").asText()));
        var memory = MemorySegment.ofArray(bytes);
        var format = new BlockFormat(file.get("blockSize").asInt());
        var found = new ArrayList<String>();
        var deleted = new ArrayList<Long>();
        for (int start = 0; start < bytes.length; start += format.blockBytes()) {
            var walk = format.walk(memory, start, format.blockBytes());
            assertTrue(walk.whole(), "block at " + start);
            for (int at = 0; at < walk.end(); ) {
                int length = format.lengthAt(memory, start + at, at);
                found.add("[" + (start + at) + "," + length + "]");
                if (BlockFormat.isDeleted(memory, start + at + 2, length)) {
                    deleted.add((long) start + at);
                }
                at += BlockFormat.HEADER_BYTES + length;
            }
        }
        assertEquals(file.get("records").toString(), "[" + String.join(",", found) + "]");
        assertEquals(file.get("deleted").toString(), deleted.toString().replace(" ", ""));
    }

    private BlockFormat.Walk walk(int... bytes) {
        return format.walk(block(bytes), 0, 16);
    }

    private static MemorySegment block(int... bytes) {
        var block = new byte[16];
        for (int i = 0; i < bytes.length; i++) {
            block[i] = (byte) bytes[i];
        }
        return MemorySegment.ofArray(block);
    }
}
