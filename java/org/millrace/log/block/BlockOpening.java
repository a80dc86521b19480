package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Durability;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.engine.WriteSide;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Opens a block log, in this order: file, lock, an interrupted compaction, recovery of the tail.
 *
 * <p><b>Threads.</b> One.
 */
final class BlockOpening {
    /** What opening has made. */
    record Opened(
            BlockFormat format,
            BlockFile file,
            AutoCloseable lock,
            BlockCheckpoints checkpoint,
            BlockEpoch epoch,
            BlockRecovery.Found found,
            Resumed resumed) {}

    /** A compaction that was taken up, and where; nulls when there was none. */
    record Resumed(CompactionResult result, CompactionProgress first) {}

    private BlockOpening() {}

    /** {@link BlockLog#open(Path, BlockOptions, Consumer)}. */
    static Opened open(Path path, BlockOptions options, Consumer<CompactionProgress> progress) {
        var format = formatOf(options);
        var storage = options.storage();
        var absolute = storage.canonical(path);
        var mode = options.readOnly() ? Storage.OpenMode.READ : Storage.OpenMode.CREATE;
        // The file first: a directory or a missing right is told without leaving a lock file.
        var stored = storage.open(absolute, mode);
        AutoCloseable lock = null;
        try {
            lock = options.readOnly() ? () -> {} : SideFiles.lock(storage, stored);
            return recovered(absolute, stored, lock, format, options, progress);
        } catch (RuntimeException | Error e) {
            Closing.quietly(lock, e);
            Closing.quietly(stored, e);
            throw e;
        }
    }

    private static Opened recovered(
            Path path,
            StoredFile stored,
            AutoCloseable lock,
            BlockFormat format,
            BlockOptions options,
            Consumer<CompactionProgress> progress) {
        var storage = options.storage();
        var file = new BlockFile(stored, format);
        var sides = new SideFiles(storage, path);
        var checkpoint = new BlockCheckpoints(storage, sides.directory(), format);
        var epoch = new BlockEpoch(storage, sides.directory());
        var resumed = resumeCompaction(options, file, format, checkpoint, epoch, progress);
        var at = checkpoint.load(file);
        var found = new BlockRecovery(file, format, sides, options.readOnly(), at).run();
        boolean known = at != null && at.end() == found.end() && !found.report().recovered();
        if (!options.readOnly() && !known) {
            // What was found counts as durable from now on.
            file.sync();
            storage.syncDirectory(path.getParent());
            if (options.durability() == Durability.MEMORY && found.end() == 0) {
                // Many logs are opened and never written to.
                file.beforeNextWrite(() -> checkpoint.saveDurably(file, 0));
            } else if (found.damages().isEmpty()) {
                checkpoint.saveDurably(file, found.end());
            }
        }
        return new Opened(format, file, lock, checkpoint, epoch, found, resumed);
    }

    static FileEngine engine(BlockFile file, BlockOptions options, BlockRecovery.Found found) {
        var setup =
                new WriteSide.Setup(
                        file.path().getFileName().toString(),
                        options.durability(),
                        options.bufferBytes(),
                        options.writeTimeoutMs());
        return new FileEngine(
                options.readOnly() ? setup.readOnly() : setup,
                file,
                new WriteSide.Ends(found.since(), found.end(), found.since()),
                (_, end) -> file.cut(end),
                FileEngine.Background.DRAIN);
    }

    private static Resumed resumeCompaction(
            BlockOptions options,
            BlockFile file,
            BlockFormat format,
            BlockCheckpoints checkpoint,
            BlockEpoch epoch,
            Consumer<CompactionProgress> progress) {
        if (!options.storage().exists(BlockCompaction.stateOf(file.path()))) {
            return new Resumed(null, null);
        }
        if (options.readOnly()) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_READ_ONLY,
                    file.path()
                            + ": a compaction was interrupted, records stand twice or not at all."
                            + " Open it for writing once, which finishes the compaction.");
        }
        checkpoint.remove();
        var stats = new BlockStats(options.storage(), file.path());
        var first = new AtomicReference<CompactionProgress>();
        Consumer<CompactionProgress> both = told -> first.compareAndSet(null, told);
        var result =
                BlockCompaction.resume(
                        options.storage(), file, format, epoch::raise, both.andThen(progress));
        stats.compacted();
        stats.save();
        return new Resumed(result, first.get());
    }

    private static BlockFormat formatOf(BlockOptions options) {
        try {
            return new BlockFormat(options.blockBytes());
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            Locale.ROOT,
                            "blockBytes %d, must be %d..%d",
                            options.blockBytes(),
                            BlockFormat.BLOCK_BYTES_MIN,
                            BlockFormat.BLOCK_BYTES_MAX),
                    e);
        }
    }
}
