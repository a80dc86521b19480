package org.millrace.log.block;

import org.millrace.format.BlockCrc;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@link org.millrace.log.Log#epoch} of a block log, in a side file: raised, durably, before the
 * first record moves. docs/FORMAT.md, "Epoch of a block log".
 *
 * <p><b>Threads.</b> One writer; {@link #value} from any.
 */
final class BlockEpoch {
    // | u64 epoch | crc32c of the 8 bytes before |
    private static final int BYTES = 12;
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Storage storage;
    private final Path path;
    private volatile long value;

    BlockEpoch(Storage storage, Path directory) {
        this.storage = storage;
        this.path = directory.resolve("epoch");
        value = load();
    }

    long value() {
        return value;
    }

    /**
     * Random and not just one more, so that a lost file never counts up to a known number again.
     */
    void raise() {
        long next = ThreadLocalRandom.current().nextLong(1, 1L << 53);
        var bytes = MemorySegment.ofArray(new byte[BYTES]);
        bytes.set(LONG, 0, next);
        bytes.set(INT, 8, BlockCrc.ofAll(bytes.asSlice(0, 8)));
        var partial = path.resolveSibling("epoch.new");
        storage.createDirectories(path.getParent());
        try (var file = storage.open(partial, Storage.OpenMode.CREATE)) {
            file.truncate(0);
            file.write(0, bytes);
            file.sync();
        }
        storage.move(partial, path);
        storage.syncDirectory(path.getParent());
        value = next;
    }

    /** 0 = nothing ever moved, or the file is gone, with the views that stand beside it. */
    private long load() {
        if (!storage.exists(path)) {
            return 0;
        }
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            var bytes = MemorySegment.ofArray(new byte[BYTES]);
            if (file.size() != BYTES) {
                return -1;
            }
            file.read(0, bytes);
            boolean isWhole = bytes.get(INT, 8) == BlockCrc.ofAll(bytes.asSlice(0, 8));
            return isWhole ? bytes.get(LONG, 0) : -1;
        } catch (MillraceException e) {
            return -1;
        }
    }
}
