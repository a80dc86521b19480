package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Moves;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.SideFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What changes a block log from within: compaction, truncation, replacing a block. Nobody appends,
 * reads or syncs meanwhile; the end of the log is found anew afterwards. A failure fails the log:
 * opening it again finishes what was begun.
 *
 * <p><b>Threads.</b> Any; one at a time by the engine's locks.
 */
final class BlockRewriter {
    private final Storage storage;
    private final BlockFile file;
    private final BlockFormat format;
    private final FileEngine engine;
    private final BlockReader reader;
    private final BlockCheckpoints checkpoint;
    private final BlockEpoch epoch;
    private volatile int moves;

    /** Of the last compaction, when nothing else has moved records since. */
    private volatile Moves lastMoves;

    BlockRewriter(
            Storage storage,
            BlockFile file,
            BlockFormat format,
            FileEngine engine,
            BlockReader reader,
            BlockCheckpoints checkpoint,
            BlockEpoch epoch) {
        this.epoch = epoch;
        this.storage = storage;
        this.file = file;
        this.format = format;
        this.engine = engine;
        this.reader = reader;
        this.checkpoint = checkpoint;
    }

    /** How often records moved or went; a cursor compares. */
    int moves() {
        return moves;
    }

    /** {@link BlockLog#compact}. */
    CompactionResult compact(long since, Consumer<CompactionProgress> progress) {
        return rewrite(
                "compaction",
                () -> {
                    long before = epoch.value();
                    long bytes = Math.max(1, file.size());
                    var compaction =
                            new BlockCompaction(
                                    storage, file, format, since, epoch::raise, progress);
                    var result = compaction.run();
                    moves += result.holesFound() > 0 ? 1 : 0;
                    if (epoch.value() != before) {
                        double left = (double) file.size() / bytes;
                        lastMoves = compaction.moves().done(before, epoch.value(), left);
                    }
                    return result;
                });
    }

    /** {@link BlockLog#movesSince}. */
    Moves movesSince(long wanted) {
        var found = new Moves[1];
        reader.consistent(
                (_, _) -> {
                    var last = lastMoves;
                    boolean isIt =
                            last != null && last.from() == wanted && last.to() == epoch.value();
                    found[0] = isIt ? last : null;
                    return 0;
                });
        return found[0];
    }

    /** {@link BlockLog#truncate}. */
    long truncate(long lastBlock) {
        long last = format.blockIndex(Math.max(0, engine.progress.writtenEnd() - 1));
        if (lastBlock < 0 || lastBlock > last) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            "%s: cannot keep the blocks up to %d, there are 0..%d",
                            file.path(), lastBlock, last));
        }
        return rewrite(
                "truncation",
                () -> {
                    epoch.raise();
                    long size = file.size();
                    long kept = Math.min(size, (lastBlock + 1) * format.blockBytes());
                    file.truncate(kept);
                    file.sync();
                    moves++;
                    return size - kept;
                });
    }

    /** {@link BlockLog#cut}. */
    Path cut(long seq) {
        reader.consistent((since, end) -> reader.length(seq, since, end));
        return rewrite(
                "cut",
                () -> {
                    epoch.raise();
                    var sides = new SideFiles(storage, file.path());
                    var copy = sides.quarantine(file, seq, file.size() - seq);
                    file.cut(seq);
                    file.sync();
                    moves++;
                    return copy;
                });
    }

    /** {@link BlockLog#overwrite}. */
    void overwrite(long block, MemorySegment bytes) {
        long end = engine.progress.writtenEnd();
        long start = block * format.blockBytes();
        if (bytes.byteSize() != format.blockBytes() || block < 0 || start >= end) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    String.format(
                            "%s: cannot put %d bytes over block %d; blocks have %d, the log ends at"
                                    + " %d",
                            file.path(), bytes.byteSize(), block, format.blockBytes(), end));
        }
        rewrite(
                "replacing of a block",
                () -> {
                    epoch.raise();
                    file.write(start, bytes);
                    file.sync();
                    return block;
                });
    }

    private <T> T rewrite(String what, Supplier<T> action) {
        var result = new Result<T>();
        engine.alone(() -> reader.changing(() -> result.value = rewriting(what, action)));
        return result.value;
    }

    private static final class Result<T> {
        private T value;
    }

    private <T> T rewriting(String what, Supplier<T> action) {
        try {
            checkpoint.remove();
            T value = action.get();
            reader.forgetStarts();
            var sides = new SideFiles(storage, file.path());
            var found = new BlockRecovery(file, format, sides, true, null).run();
            engine.moveEnd(found.since(), found.end());
            return value;
        } catch (RuntimeException | Error e) {
            throw engine.health.fail(
                    e instanceof MillraceException m ? m.code() : ErrorCode.ERR_LOG_FAILED,
                    String.format(
                            "%s: a %s stopped: %s Reopen the log, which finishes it.",
                            file.path(), what, e.getMessage()),
                    e);
        }
    }
}
