package org.millrace.log.wal;

import org.millrace.format.WalHeader;
import org.millrace.log.engine.Progress;
import org.millrace.memory.MillraceException;

import java.util.function.BooleanSupplier;

/**
 * Finds the whole batches that another process appended to a write-ahead log, also those in new
 * segments; {@code Follower} asks.
 */
final class WalFollower implements BooleanSupplier {
    private final WalFiles files;
    private final WalSegments segments;
    private final Progress progress;

    WalFollower(WalFiles files, WalSegments segments, Progress progress) {
        this.files = files;
        this.segments = segments;
        this.progress = progress;
    }

    @Override
    public boolean getAsBoolean() {
        long before = progress.writtenSeq();
        walkOn();
        while (openNext()) {
            walkOn();
        }
        return progress.writtenSeq() != before;
    }

    /** Publishes what the last segment has more. */
    private void walkOn() {
        var last = segments.last();
        if (last.isSealed()) {
            return;
        }
        long size = last.file().size();
        if (size > last.end()) {
            var tally = WalTally.from(last, last.end(), size);
            if (tally.wholeSequence() >= 0) {
                last.end(tally.wholeEnd());
                progress.written(tally.wholeSequence(), tally.wholeEnd());
            }
        }
    }

    private boolean openNext() {
        var last = segments.last();
        var path = files.path(WalSegment.nameOf(last.nextSequence()));
        if (last.end() <= WalHeader.BYTES && !last.isSealed() || !files.storage().exists(path)) {
            return false;
        }
        try {
            var next = files.open(path);
            segments.add(next);
            if (next.isSealed()) {
                long seq = Math.max(progress.writtenSeq(), next.footer().lastSequence());
                progress.written(seq, next.end());
            }
            return true;
        } catch (MillraceException e) {
            return false; // dropped meanwhile, or damaged: the next open tells
        }
    }
}
