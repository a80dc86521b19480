package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Durability;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

/**
 * How a {@link BlockLog} is opened. Immutable; each {@code with} gives a changed copy.
 *
 * @param blockBytes size of the file's blocks, {@link BlockFormat#BLOCK_BYTES_MIN} to {@link
 *     BlockFormat#BLOCK_BYTES_MAX}; must be the one it was written with
 * @param durability when an append counts as done
 * @param readOnly never writes, takes no lock; sees what was there when it opened
 * @param bufferBytes what one write gathers at most, and what level memory holds unwritten
 * @param writeTimeoutMs longest time from an append (level memory) or a deletion to its fdatasync;
 *     later ones do not put it off
 * @param storage where files are; faults are injected here
 */
public record BlockOptions(
        int blockBytes,
        Durability durability,
        boolean readOnly,
        int bufferBytes,
        long writeTimeoutMs,
        Storage storage) {
    /** async-append-only-log's own: blocks of 65,536 bytes; level memory; 250 ms. Buffer 1 MiB. */
    public static BlockOptions defaults() {
        return new BlockOptions(
                BlockFormat.BLOCK_BYTES_DEFAULT,
                Durability.MEMORY,
                false,
                1 << 20,
                250,
                new PosixStorage());
    }

    public BlockOptions withBlockBytes(int value) {
        return new BlockOptions(value, durability, readOnly, bufferBytes, writeTimeoutMs, storage);
    }

    public BlockOptions withDurability(Durability value) {
        return new BlockOptions(blockBytes, value, readOnly, bufferBytes, writeTimeoutMs, storage);
    }

    public BlockOptions withReadOnly(boolean value) {
        return new BlockOptions(
                blockBytes, durability, value, bufferBytes, writeTimeoutMs, storage);
    }

    public BlockOptions withBufferBytes(int value) {
        return new BlockOptions(blockBytes, durability, readOnly, value, writeTimeoutMs, storage);
    }

    public BlockOptions withWriteTimeoutMs(long value) {
        return new BlockOptions(blockBytes, durability, readOnly, bufferBytes, value, storage);
    }

    public BlockOptions withStorage(Storage value) {
        return new BlockOptions(
                blockBytes, durability, readOnly, bufferBytes, writeTimeoutMs, value);
    }
}
