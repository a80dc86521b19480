package org.millrace.fault;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/**
 * Decides, for one crash image, what becomes of every change that no sync has covered.
 *
 * <p>Data: any subset of the changes of a file survives, a write also torn at sectors of 512 bytes,
 * or as zeros where it extended the file. Names: of the changes in one directory a prefix survives,
 * because file systems journal them in order; directories and files are independent of each other.
 */
final class Fate {
    private static final int SECTOR_BYTES = 512;

    private enum Mode {
        ALL,
        NONE,
        /** What came first survives, the change at the cut is torn. */
        PREFIX,
        /** Each change has its own fate. */
        SUBSET
    }

    private final Mode mode;
    private final Random random;
    private int cut;

    private Fate(Mode mode, Random random) {
        this.mode = mode;
        this.random = random;
    }

    /** Kill -9: everything handed over survives. */
    static Fate killed() {
        return new Fate(Mode.ALL, null);
    }

    /** The worst power cut: only what was synced survives. */
    static Fate onlyDurable() {
        return new Fate(Mode.NONE, null);
    }

    static Fate random(Random random) {
        return new Fate(random.nextInt(3) == 0 ? Mode.PREFIX : Mode.SUBSET, random);
    }

    int keptNames(int pending) {
        return switch (mode) {
            case ALL -> pending;
            case NONE -> 0;
            case PREFIX, SUBSET -> random.nextInt(pending + 1);
        };
    }

    void beginFile(int pending) {
        cut = mode == Mode.PREFIX ? random.nextInt(pending + 1) : 0;
    }

    /** Applies what survives of the change number {@code index} of a file. */
    void apply(int index, Op.Data op, MemoryFile content, int durableSize) {
        switch (mode) {
            case ALL -> applyWhole(op, content);
            case NONE -> {}
            case PREFIX -> {
                if (index < cut) {
                    applyWhole(op, content);
                } else if (index == cut) {
                    applyTorn(op, content);
                }
            }
            case SUBSET -> {
                switch (random.nextInt(5)) {
                    case 0, 1 -> applyWhole(op, content);
                    case 2 -> applyTorn(op, content);
                    case 3 -> applyZeroed(op, content, durableSize);
                    default -> {} // dropped
                }
            }
        }
    }

    static void applyWhole(Op.Data op, MemoryFile content) {
        switch (op) {
            case Op.Write w ->
                    content.write(
                            w.offset(), MemorySegment.ofArray(w.bytes()), 0, w.bytes().length);
            case Op.Zero zero -> content.fillZero(zero.offset(), zero.length());
            case Op.Truncate truncate -> content.truncate(truncate.size());
        }
    }

    /** Some sectors of a write; other changes are atomic (metadata) and are dropped. */
    private void applyTorn(Op.Data op, MemoryFile content) {
        if (!(op instanceof Op.Write write)) {
            return;
        }
        var bytes = MemorySegment.ofArray(write.bytes());
        boolean inOrder = random.nextBoolean();
        for (long done = 0; done < bytes.byteSize(); ) {
            long at = write.offset() + done;
            long part = Math.min(SECTOR_BYTES - at % SECTOR_BYTES, bytes.byteSize() - done);
            if (random.nextBoolean()) {
                content.write(at, bytes, done, part);
            } else if (inOrder) {
                return;
            }
            done += part;
        }
    }

    /**
     * The file grew, the data never came. Only beyond the durable end: sectors in place hold old or
     * new bytes, never zeros.
     */
    private static void applyZeroed(Op.Data op, MemoryFile content, int durableSize) {
        if (op instanceof Op.Write write) {
            long start = Math.max(write.offset(), durableSize);
            long end = write.offset() + write.bytes().length;
            if (start < end) {
                content.fillZero(start, end - start);
            }
        }
    }
}
