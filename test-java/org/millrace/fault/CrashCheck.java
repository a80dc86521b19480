package org.millrace.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Runs a log over a recorded disk, crashes it everywhere, and holds what comes back against what
 * was acknowledged: a prefix of what was appended, no acknowledged record missing, recovery twice
 * the same as once, and the same again when recovery itself crashes.
 *
 * <pre>{@code
 * CrashCheck.run(subject, Crash.POWER_CUT, seed, 10_000).assertSound();
 * }</pre>
 */
public final class CrashCheck {
    private static final int VIOLATIONS_KEPT = 10;
    private static final int NESTED_EVERY = 16;
    private static final int NESTED_IMAGES = 12;

    private final CrashSubject subject;
    private final Crash crash;
    private final Random random;
    private final long seed;
    private final List<String> violations = new ArrayList<>();
    private History history;
    private int outerImages;
    private int images;
    private int failed;

    private CrashCheck(CrashSubject subject, Crash crash, long seed) {
        this.subject = subject;
        this.crash = crash;
        this.seed = seed;
        this.random = new Random(seed);
    }

    /**
     * @param maxImages crash images at most (give or take a dozen), those of crashes during
     *     recovery included
     */
    public static Report run(CrashSubject subject, Crash crash, long seed, int maxImages) {
        return new CrashCheck(subject, crash, seed).check(maxImages);
    }

    /**
     * @param images disks that were recovered and checked
     * @param failed how many of them broke a rule
     * @param violations the first few, each with its image and seed
     */
    public record Report(int images, int failed, List<String> violations, long seed) {
        public Report {
            violations = List.copyOf(violations);
        }

        public void assertSound() {
            if (failed > 0) {
                throw new AssertionError(
                        failed
                                + " of "
                                + images
                                + " crash images broke a rule (seed "
                                + seed
                                + "):\n  "
                                + String.join("\n  ", violations));
            }
            if (images == 0) {
                throw new AssertionError("no crash image was made: nothing was checked");
            }
            System.out.printf("CrashCheck: %,d images, 0 violations, seed %d%n", images, seed);
        }
    }

    private Report check(int maxImages) {
        var recording = new RecordingStorage(new MemoryStorage());
        history = new History(recording);
        subject.run(recording, history);
        // One in NESTED_EVERY images is crashed again while it recovers.
        int outer =
                (int) Math.max(1, (long) maxImages * NESTED_EVERY / (NESTED_EVERY + NESTED_IMAGES));
        CrashImages.visit(recording, crash, random, outer, this::checkImage);
        return new Report(images, failed, violations, seed);
    }

    private void checkImage(
            MemoryStorage image, boolean killed, int acknowledged, String description) {
        images++;
        boolean nested = outerImages++ % NESTED_EVERY == 0;
        var recording = nested ? new RecordingStorage(image) : null;
        try {
            var records = subject.recover(nested ? recording : image);
            verify(records, acknowledged);
            var again = subject.recover(image);
            require(equal(records, again), "a second recovery gives other records");
        } catch (Throwable e) {
            violation(description, e);
            return;
        }
        if (nested) {
            CrashImages.visit(
                    recording,
                    Crash.POWER_CUT,
                    random,
                    NESTED_IMAGES,
                    (inner, _, _, where) -> {
                        images++;
                        try {
                            verify(subject.recover(inner), acknowledged);
                        } catch (Throwable e) {
                            violation(description + ", then recovery: " + where, e);
                        }
                    });
        }
    }

    private void verify(List<byte[]> recovered, int acknowledged) {
        int count = recovered.size();
        require(count >= acknowledged, count + " records, but " + acknowledged + " acknowledged");
        require(count <= history.size(), count + " records, but " + history.size() + " appended");
        for (int i = 0; i < count; i++) {
            require(
                    subject.same(i, history.record(i), recovered.get(i), i < acknowledged),
                    "record " + i + " is not what was appended");
        }
        require(
                !subject.batchesAreAtomic() || history.isBatchEnd(count),
                "a batch came back in part: " + count + " records");
    }

    private void violation(String description, Throwable e) {
        failed++;
        if (violations.size() < VIOLATIONS_KEPT) {
            violations.add(description + ": " + e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    private static boolean equal(List<byte[]> a, List<byte[]> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!Arrays.equals(a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }
}
