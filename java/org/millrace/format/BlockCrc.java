package org.millrace.format;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C over ranges of one block. Reused from range to range, so that checking a record allocates
 * nothing.
 *
 * <p>The block must be a copy: a checksum that runs over a mapping dies with the file beneath it.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Borrows the block.
 */
public final class BlockCrc {
    private final CRC32C crc = new CRC32C();
    private MemorySegment block;
    private ByteBuffer view;

    /** Over no block yet. */
    public BlockCrc() {}

    /** Changes to another block; does nothing when it is the same one. */
    public BlockCrc over(MemorySegment block) {
        if (this.block != block) {
            this.block = block;
            this.view = block.asByteBuffer();
        }
        return this;
    }

    /** The checksum of one range of the block. */
    public int of(long at, long length) {
        crc.reset();
        crc.update(view.clear().limit((int) (at + length)).position((int) at));
        return (int) crc.getValue();
    }

    /** The checksum of a whole block. */
    public static int ofAll(MemorySegment block) {
        return new BlockCrc().over(block).of(0, block.byteSize());
    }
}
