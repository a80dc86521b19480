package org.millrace.fault;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.nio.file.Path;

/**
 * The engines that keep a log on disk, as the rig opens them: with buffers, blocks and segments so
 * small that even a short test fills many.
 */
public enum Engine {
    OFFSET {
        @Override
        Log open(Path path, Durability level, Storage storage, boolean readOnly) {
            return OffsetLog.open(
                    path,
                    OffsetOptions.defaults()
                            .withStorage(storage)
                            .withReadOnly(readOnly)
                            .withDurability(level)
                            .withWriteTimeoutMs(TIMEOUT_MS)
                            .withBufferBytes(BUFFER_BYTES));
        }
    },
    BLOCK {
        @Override
        BlockLog open(Path path, Durability level, Storage storage, boolean readOnly) {
            return BlockLog.open(
                    path,
                    BlockOptions.defaults()
                            .withStorage(storage)
                            .withReadOnly(readOnly)
                            .withDurability(level)
                            .withWriteTimeoutMs(TIMEOUT_MS)
                            .withBufferBytes(BUFFER_BYTES)
                            .withBlockBytes(1024));
        }
    },
    WAL {
        @Override
        WalLog open(Path path, Durability level, Storage storage, boolean readOnly) {
            return WalLog.open(
                    path,
                    WalOptions.defaults()
                            .storage(storage)
                            .readOnly(readOnly)
                            .durability(level)
                            .writeTimeoutMs(TIMEOUT_MS)
                            .bufferBytes(BUFFER_BYTES)
                            .segmentBytes(64 << 10)
                            .preallocateBytes(16 << 10));
        }
    };

    /** Never: what level memory holds back is written when the buffer is full, or by a drain. */
    private static final long TIMEOUT_MS = 60_000;

    private static final int BUFFER_BYTES = 4096;

    abstract Log open(Path path, Durability level, Storage storage, boolean readOnly);

    /** Opens, and creates where there is none. */
    public Log open(Path path, Durability level, Storage storage) {
        return open(path, level, storage, false);
    }

    /** Opens in the file system what another process may be writing. */
    public Log openReadOnly(Path path) {
        return open(path, Durability.OS, new PosixStorage(), true);
    }

    /** {@link #open} in the file system. */
    public Log open(Path path, Durability level) {
        return open(path, level, new PosixStorage());
    }
}
