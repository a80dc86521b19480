package org.millrace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** The state of an interrupted compaction: the peer's bytes while they fit, our own beyond. */
class BlockCompactionStateTest {
    private static final Path GOLDEN = Path.of("test-java/org/millrace/golden/files/block");
    private final MemorySegment block = MemorySegment.ofArray(new byte[] {1, 0, 7, 0, 0, 0});

    @Test
    void readsAndWritesThePeersBytes() throws IOException {
        for (int crash = 0; crash < 3; crash++) {
            var name = "random-deleted-1024.aaol.crash" + crash + ".compaction";
            var bytes = MemorySegment.ofArray(Files.readAllBytes(GOLDEN.resolve(name)));
            var state = BlockCompactionState.of(bytes, 1024, name);
            assertEquals(crash == 2 ? 9 : -1, state.truncateBlock(), name);
            assertEquals(-1, state.toBytes().mismatch(bytes), name);
        }
    }

    @Test
    void whatDoesNotFitTheirFieldsTakesVersionTwo() {
        long large = 5L << 32;
        same(new BlockCompactionState(0, -1, 7, large, block), 2);
        same(new BlockCompactionState(large, 9, 0, 0, block), 2);
        same(new BlockCompactionState(0, 0xFFFF_FFFFL, 0, 0, block), 2);
        same(new BlockCompactionState(0, 0xFFFF_FFFEL, 0, 0, block), 1);
        same(new BlockCompactionState(0, -1, 3, 0xFFFF_FFFFL, block), 1);
    }

    @Test
    void aNewerVersionAndAnotherBlockSizeAreRefused() {
        var bytes = new BlockCompactionState(0, -1, 0, 0, block).toBytes();
        refused(ErrorCode.ERR_LOG_CORRUPT, bytes, 7);
        refused(ErrorCode.ERR_LOG_CORRUPT, bytes.asSlice(0, 3), 6);
        bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 3);
        refused(ErrorCode.ERR_LOG_VERSION, bytes, 6);
    }

    private static void same(BlockCompactionState state, int version) {
        var bytes = state.toBytes();
        assertEquals(version, bytes.get(ValueLayout.JAVA_BYTE, 0));
        var back = BlockCompactionState.of(bytes, 6, "x");
        assertEquals(state.truncateBlock(), back.truncateBlock());
        assertEquals(state.unshiftedOffset(), back.unshiftedOffset());
        assertEquals(-1, back.toBytes().mismatch(bytes));
    }

    private static void refused(ErrorCode code, MemorySegment bytes, int blockBytes) {
        var e =
                assertThrows(
                        MillraceException.class,
                        () -> BlockCompactionState.of(bytes, blockBytes, "x"));
        assertEquals(code, e.code());
    }
}
