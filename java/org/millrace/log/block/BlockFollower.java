package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.engine.Progress;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Finds the records that another process appended to a block log, and notices when it moved those
 * that are there; {@code Follower} asks.
 *
 * <p>The format does not tell a record that is being written from one that is: its length comes
 * before its bytes. So the last one counts once something stands behind it, or when nothing came
 * for {@value #SETTLE_MS} ms; a writer hands each piece to the system in one call.
 *
 * <p>A compaction in the other process is known by its state file, and when it is over by what
 * stands where the last record stood. Reads fail with ERR_CANCELLED meanwhile, and cursors that
 * were among the records afterwards too.
 *
 * <p><b>Threads.</b> {@link #getAsBoolean}: one at a time; {@link #moves}: any.
 */
final class BlockFollower implements BooleanSupplier {
    private static final int SETTLE_MS = 20;
    private static final int BLOCKS_AT_ONCE = 16;

    /** One look goes about so far, or a fast writer would keep it busy for ever. */
    private static final long LOOK_BYTES = 1 << 20;

    private static final Place NONE = new Place(-1, 0);

    private final Storage storage;
    private final BlockFile file;
    private final BlockFormat format;
    private final BlockReader reader;
    private final Progress progress;

    /** What stood last when somebody looked, not to be read yet. */
    private Place sighted;

    private long sightedNanos;

    /** What stood at the last record that may be read. */
    private volatile Anchor anchor;

    private volatile int moves;

    /** Of the {@link #getAsBoolean} before. */
    private int movesTold;

    /** A record: where it starts and ends; (-1, 0) for none. */
    private record Place(long seq, long end) {}

    /** Its bytes, with the length before them. */
    private record Anchor(long seq, byte[] frame) {}

    BlockFollower(
            Storage storage,
            BlockFile file,
            BlockFormat format,
            BlockReader reader,
            Progress progress) {
        this.storage = storage;
        this.file = file;
        this.format = format;
        this.reader = reader;
        this.progress = progress;
        this.sighted = new Place(progress.writtenSeq(), progress.writtenEnd());
        this.anchor = anchorAt(sighted);
    }

    @Override
    public boolean getAsBoolean() {
        if (isCompacting()) {
            return false;
        }
        startOverIfMoved();
        boolean hasMoved = moves != movesTold; // noticed here, or by a reader
        movesTold = moves;
        return advance() || hasMoved;
    }

    /**
     * How often records moved. A read that begins and ends with the same number has read what stood
     * still.
     *
     * @throws MillraceException ERR_CANCELLED while a compaction is under way
     */
    int moves() {
        if (isCompacting()) {
            throw new MillraceException(
                    ErrorCode.ERR_CANCELLED,
                    file.path()
                            + ": the process that writes this log is compacting it, its records are"
                            + " on the move. Read again when it is done.");
        }
        startOverIfMoved();
        return moves;
    }

    /** How often records moved, as far as anybody noticed. */
    int movesSeen() {
        return moves;
    }

    private boolean isCompacting() {
        return storage.exists(BlockCompaction.stateOf(file.path()));
    }

    /** Makes readable what was sighted before and is complete by now. */
    private synchronized boolean advance() {
        var last = lastBehind(sighted, LOOK_BYTES);
        long now = System.nanoTime();
        boolean isComplete =
                last.end() > sighted.end() || now - sightedNanos >= SETTLE_MS * 1_000_000L;
        boolean advances = isComplete && sighted.end() > progress.writtenEnd();
        if (advances) {
            anchor = anchorAt(sighted);
            progress.written(sighted.seq(), sighted.end());
        }
        if (last != sighted) {
            sighted = last;
            sightedNanos = now;
        }
        return advances;
    }

    /**
     * The last record, damaged blocks left aside; {@code known} when there is none behind it.
     *
     * @param most bytes to look at, if anything is found there
     */
    private Place lastBehind(Place known, long most) {
        var last = known;
        long size = file.size();
        long start = format.blockStart(known.end());
        if (size <= start) {
            return last;
        }
        try (var arena = Arena.ofConfined()) {
            int blockBytes = format.blockBytes();
            long pieceBytes = Math.min((long) BLOCKS_AT_ONCE * blockBytes, size - start);
            var piece = arena.allocate(pieceBytes, 8);
            long enough = start + Math.min(most, size - start);
            while (start < (last == known ? size : enough)) {
                int length = (int) Math.min(pieceBytes, size - start);
                file.read(start, piece.asSlice(0, length));
                for (int at = 0; at < length; at += blockBytes) {
                    var walk = format.walk(piece, at, Math.min(blockBytes, length - at));
                    if (walk.last() >= 0 && start + at + walk.end() > known.end()) {
                        last = new Place(start + at + walk.last(), start + at + walk.end());
                    }
                }
                start += length;
                if (start < size) {
                    start = Math.max(start, format.blockStart(file.dataFrom(start)));
                }
            }
        }
        return last;
    }

    private void startOverIfMoved() {
        if (isMoved()) {
            startOver();
        }
    }

    /** True when the last record is not where it was. A deleted one keeps its length. */
    private boolean isMoved() {
        var known = anchor;
        if (known.seq() < 0) {
            return false;
        }
        if (file.size() < known.seq() + known.frame().length) {
            return true;
        }
        byte[] now = frame(known.seq(), known.frame().length);
        if (Arrays.equals(now, known.frame())) {
            return false;
        }
        int header = BlockFormat.HEADER_BYTES;
        boolean isSameLength = Arrays.equals(now, 0, header, known.frame(), 0, header);
        return !isSameLength || !isPartlyZeroed(known.frame(), now);
    }

    private static boolean isPartlyZeroed(byte[] before, byte[] now) {
        for (int i = BlockFormat.HEADER_BYTES; i < now.length; i++) {
            if (now[i] != 0 && now[i] != before[i]) {
                return false;
            }
        }
        return true;
    }

    private synchronized void startOver() {
        if (isCompacting() || !isMoved()) {
            return; // another thread was faster
        }
        var last = lastBehind(NONE, Long.MAX_VALUE);
        sighted = last;
        anchor = anchorAt(last);
        progress.durable(last.seq(), last.end());
        progress.written(last.seq(), last.end());
        reader.forgetStarts();
        moves++;
    }

    private Anchor anchorAt(Place place) {
        return place.seq() < 0
                ? new Anchor(-1, new byte[0])
                : new Anchor(place.seq(), frame(place.seq(), (int) (place.end() - place.seq())));
    }

    private byte[] frame(long seq, int length) {
        var bytes = new byte[length];
        file.read(seq, MemorySegment.ofArray(bytes));
        return bytes;
    }
}
