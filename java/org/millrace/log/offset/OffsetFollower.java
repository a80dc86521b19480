package org.millrace.log.offset;

import org.millrace.log.engine.Progress;

import java.util.function.BooleanSupplier;

/** Finds the frames that another process appended to an offset log; {@code Follower} asks. */
final class OffsetFollower implements BooleanSupplier {
    private final OffsetReader reader;
    private final Progress progress;

    OffsetFollower(OffsetReader reader, Progress progress) {
        this.reader = reader;
        this.progress = progress;
    }

    @Override
    public boolean getAsBoolean() {
        long size = reader.file().size();
        if (size <= progress.writtenEnd()) {
            return false;
        }
        try (var scan = new OffsetScan(reader.file(), reader.frame())) {
            long before = progress.writtenSeq();
            scan.forward(progress.writtenEnd(), before, size);
            if (scan.lastSeq() == before) {
                return false;
            }
            progress.written(scan.lastSeq(), scan.end());
            return true;
        }
    }
}
