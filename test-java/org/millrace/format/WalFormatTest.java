package org.millrace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** The layouts of the write-ahead log, byte for byte, and every single-bit flip of each. */
class WalFormatTest {
    private static final WalHeader HEADER = WalHeader.of(0x1122334455667788L, 3, 4096, 1000);
    private static final int SALT = HEADER.salt();

    private static MemorySegment block(int bytes) {
        return MemorySegment.ofArray(new byte[bytes]);
    }

    private static MemorySegment frame(String record, int flags, long sequence) {
        var block = block(WalFrame.frameBytes(record.length()));
        WalFrame.begin(block, 0, record.length(), flags, sequence, SALT);
        MemorySegment.copy(
                MemorySegment.ofArray(record.getBytes()),
                0,
                block,
                WalFrame.HEADER_BYTES,
                record.length());
        WalFrame.finish(block, 0, new BlockCrc().over(block));
        return block;
    }

    private static int check(MemorySegment block, long sequence) {
        return WalFrame.check(
                block, 0, block.byteSize(), sequence, SALT, new BlockCrc().over(block));
    }

    @Test
    void frameIsTheDocumentedBytes() {
        var bytes = frame("abc", WalFrame.BATCH_GOES_ON, 24).toArray(ValueLayout.JAVA_BYTE);
        var hex = HexFormat.of().formatHex(bytes);
        assertEquals("03000081", hex.substring(0, 8));
        assertEquals("1800000000000000" + "6162630000000000", hex.substring(16));
    }

    @Test
    void lengthsArePaddedToEight() {
        assertEquals(16, WalFrame.frameBytes(0));
        assertEquals(24, WalFrame.frameBytes(1));
        assertEquals(24, WalFrame.frameBytes(8));
        assertEquals(32, WalFrame.frameBytes(9));
    }

    @Test
    void anEmptyRecordIsAFrameAndZerosAreNot() {
        assertEquals(16, check(frame("", 0, 8), 8));
        assertEquals(WalFrame.NOTHING, check(block(64), 8));
    }

    @Test
    void everyFlippedBitOfAFrameIsFound() {
        var block = frame("hello, frame", 0, 8);
        for (int bit = 0; bit < block.byteSize() * 8; bit++) {
            flip(block, bit);
            assertTrue(check(block, 8) < 0, "bit " + bit);
            flip(block, bit);
        }
        assertEquals(32, check(block, 8));
    }

    @Test
    void aFrameOfAnotherPlaceOrSegmentIsNotTaken() {
        var block = frame("abc", 0, 8);
        assertEquals(WalFrame.INVALID, check(block, 16));
        int salt = WalHeader.of(HEADER.logId(), 4, 4096, 1000).salt();
        assertNotEquals(SALT, salt);
        assertEquals(
                WalFrame.INVALID,
                WalFrame.check(block, 0, 24, 8, salt, new BlockCrc().over(block)));
    }

    @Test
    void aFrameThatTheBlockCutsIsIncomplete() {
        var block = frame("abc", 0, 8);
        var crc = new BlockCrc().over(block);
        assertEquals(WalFrame.INCOMPLETE, WalFrame.check(block, 0, 15, 8, SALT, crc));
        assertEquals(WalFrame.INCOMPLETE, WalFrame.check(block, 0, 23, 8, SALT, crc));
    }

    @Test
    void headerSurvivesEverySingleFlippedBit() {
        var header = HEADER.withFlags(WalHeader.COMPACTED).withCipherSalt(5, 6);
        var block = block(WalHeader.BYTES);
        header.put(block);
        for (int bit = 0; bit < WalHeader.BYTES * 8; bit++) {
            flip(block, bit);
            assertEquals(header, WalHeader.read(block, "x"), "bit " + bit);
            flip(block, bit);
        }
    }

    @Test
    void aNewerVersionIsRefusedByName() {
        var block = block(WalHeader.BYTES);
        HEADER.put(block);
        for (int copy = 0; copy < 2; copy++) {
            var half = block.asSlice(copy * 2048L, 2048);
            half.set(ValueLayout.JAVA_INT_UNALIGNED, 8, 2);
            half.set(ValueLayout.JAVA_INT_UNALIGNED, 2044, BlockCrc.ofAll(half.asSlice(0, 2044)));
        }
        assertEquals(ErrorCode.ERR_LOG_VERSION, refused(block));
    }

    @Test
    void bothCopiesDamagedIsCorruptAndAnotherFileIsNoSegment() {
        var block = block(WalHeader.BYTES);
        HEADER.put(block);
        flip(block, 300);
        flip(block, 300 + 2048 * 8);
        assertEquals(ErrorCode.ERR_LOG_CORRUPT, refused(block));
        assertEquals(ErrorCode.ERR_LOG_FORMAT, refused(block(WalHeader.BYTES)));
        assertEquals(ErrorCode.ERR_LOG_FORMAT, refused(block(10)));
    }

    @Test
    void footerGoesRoundAndEveryFlippedBitIsFound() {
        var footer = new WalFooter(8192, 4104, 8192, 3, 12345, 77, 0);
        var block = block(WalFooter.BYTES);
        footer.put(block, 0, SALT);
        assertEquals(footer, WalFooter.get(block, 0, SALT));
        assertNull(WalFooter.get(block, 0, SALT + 1));
        for (int bit = 0; bit < WalFooter.BYTES * 8; bit++) {
            flip(block, bit);
            assertNull(WalFooter.get(block, 0, SALT), "bit " + bit);
            flip(block, bit);
        }
    }

    @Test
    void entryGoesRoundAndEveryFlippedBitIsFound() {
        var block = block(WalEntry.BYTES);
        WalEntry.put(block, 0, 4711, WalEntry.DELETED, 9);
        assertEquals(4711, WalEntry.get(block, 0, WalEntry.DELETED, 9));
        assertEquals(-2, WalEntry.get(block, 0, WalEntry.DELETED, 10));
        assertEquals(-2, WalEntry.get(block, 0, WalEntry.DURABLE, 9));
        for (int bit = 0; bit < WalEntry.BYTES * 8; bit++) {
            flip(block, bit);
            assertEquals(-2, WalEntry.get(block, 0, WalEntry.DELETED, 9), "bit " + bit);
            flip(block, bit);
        }
    }

    private static ErrorCode refused(MemorySegment block) {
        return assertThrows(MillraceException.class, () -> WalHeader.read(block, "x")).code();
    }

    private static void flip(MemorySegment block, int bit) {
        byte old = block.get(ValueLayout.JAVA_BYTE, bit >>> 3);
        block.set(ValueLayout.JAVA_BYTE, bit >>> 3, (byte) (old ^ 1 << (bit & 7)));
    }
}
