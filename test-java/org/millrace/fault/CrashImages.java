package org.millrace.fault;

import java.util.Random;

/**
 * Every disk that a crash may leave behind a recording: after each operation what a kill leaves,
 * what a power cut leaves at the least, and random choices in between.
 *
 * <p>Bounded: with more than {@code maxImages} to make, operations are skipped evenly.
 */
final class CrashImages {
    /** One disk after a crash. */
    interface Visitor {
        /**
         * @param image independent of all others; the visitor may write to it
         * @param killed true when everything handed over is there (kill -9), false for a power cut
         * @param acknowledged how many records had been acknowledged before the crash
         * @param description names the image within its seed
         */
        void visit(MemoryStorage image, boolean killed, int acknowledged, String description);
    }

    private CrashImages() {}

    /** Visits at most {@code maxImages} images; returns how many. */
    static int visit(
            RecordingStorage recording,
            Crash crash,
            Random random,
            int maxImages,
            Visitor visitor) {
        var ops = recording.ops();
        var state = new DiskState(recording);
        int images = 0;
        for (int i = 0; i <= ops.size(); i++) {
            // What is left of the budget, spread over the operations that are left.
            int left = maxImages - images;
            int points = ops.size() + 1 - i;
            int share = left / points + (random.nextInt(points) < left % points ? 1 : 0);
            for (int n = 0; n < share; n++) {
                var fate = fate(crash, n, random);
                if (fate == null || n > 0 && !state.hasPending()) {
                    break;
                }
                var kind = n == 0 ? "kill" : n == 1 ? "synced only" : "variant " + n;
                visitor.visit(
                        state.image(fate), n == 0, state.acknowledged(), kind + " after op " + i);
                images++;
            }
            if (i < ops.size()) {
                state.advance(i, ops.get(i));
            }
        }
        return images;
    }

    private static Fate fate(Crash crash, int n, Random random) {
        if (n == 0) {
            return Fate.killed();
        }
        if (crash == Crash.KILL) {
            return null;
        }
        return n == 1 ? Fate.onlyDurable() : Fate.random(random);
    }
}
