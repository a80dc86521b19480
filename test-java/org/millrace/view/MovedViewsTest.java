package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.codec.Encoding;
import org.millrace.fault.ChildWriter;
import org.millrace.fault.Crash;
import org.millrace.fault.CrashCheck;
import org.millrace.fault.Tier;
import org.millrace.log.Moves;
import org.millrace.log.block.BlockLog;
import org.millrace.storage.PosixStorage;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * Views whose log is compacted beneath them: they are moved or built anew, and answer as a full
 * rebuild does, also when the process dies or the power fails at any moment.
 */
class MovedViewsTest {
    private static final int ROUNDS = Tier.count("millrace.rounds.moves", 12, 300);
    private static final int KILLS = Tier.count("millrace.kills.moves", 4, 200);
    private static final int IMAGES = Tier.count("millrace.images.moves", 40, 10_000);

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    @Test
    void afterRandomDeletionsAndCompactionsEveryAnswerIsThatOfARebuild() throws Exception {
        var path = directory.resolve("log");
        int moved = 0;
        int rebuilt = 0;
        for (int round = 0; round < ROUNDS; ) {
            try (var db = new CompactedViews(path, new PosixStorage())) {
                for (int i = random.nextInt(4); i >= 0; i--, round++) {
                    db.append(random.nextInt(400), random);
                    if (random.nextInt(4) > 0) {
                        db.reachEnd();
                    }
                    if (random.nextInt(2) > 0) {
                        db.feed.checkpoint();
                    }
                    db.deleteSome(
                            random.nextInt(3) == 0 ? 0.9 : random.nextDouble() / 3, 0.1, random);
                    db.log.compact(_ -> {});
                    db.assertAsRebuilt("round " + round + ", seed " + seed);
                    moved += db.moved();
                    rebuilt += db.views.size() - db.moved();
                    assertTrue(db.ids.isEqualToLog(db.log), "keys in round " + round);
                    assertTrue(db.fixed.isEqualToLog(db.log), "keys in round " + round);
                }
            }
        }
        System.out.printf(
                "MovedViewsTest: %d rounds, %d views moved, %d built anew%n",
                ROUNDS, moved, rebuilt);
    }

    @Test
    void whatIsSavedIsMovedAndWhatMayHoldSequencesIsBuiltAnew() throws Exception {
        try (var db = new CompactedViews(directory.resolve("log"), new PosixStorage())) {
            db.append(500, random);
            db.reachEnd();
            db.feed.checkpoint(); // nothing is being saved when the records move
            db.deleteSome(0.1, random);
            db.log.compact(_ -> {});
            db.assertAsRebuilt("seed " + seed);
            for (var view : db.views) {
                boolean mayHoldMore = view.name().equals("search"); // words of what was deleted
                assertEquals(
                        mayHoldMore,
                        view.progress(0).records() > 0,
                        view.name() + " was built anew");
                assertEquals(1, view.beginnings(), view.name());
            }
            var fixed = db.fixed.view.mounted();
            ViewFixture.awaitTrue(
                    () ->
                            !db.ids.view.mounted().standing().hasMoved()
                                    && !fixed.standing().hasMoved());
            assertTrue(db.ids.view.mounted().since() >= 0, "keys without sequences were lost");
            assertEquals(-1, fixed.since());
            assertTrue(db.ids.isEqualToLog(db.log));
        }
    }

    @Test
    void aDeletionRightBehindACompactionHoldsForViewsThatFollow() throws Exception {
        try (var db = new CompactedViews(directory.resolve("log"), new PosixStorage())) {
            db.append(500, random);
            db.reachEnd();
            db.feed.checkpoint();
            db.deleteSome(0.1, random);
            db.log.compact(_ -> {});
            db.feed.delete(db.log.since()); // known by its new sequence before any view is moved
            db.assertAsRebuilt("seed " + seed);
        }
    }

    /** The canary: views that are told that the first records are gone. */
    @Test
    void viewsThatAreMovedToTheWrongPlacesAreCaught() throws Exception {
        try (var db = new CompactedViews(directory.resolve("log"), new PosixStorage(), WRONG)) {
            db.append(500, random);
            db.reachEnd();
            db.feed.checkpoint();
            db.log.delete(db.log.since());
            db.append(1, random);
            db.reachEnd();
            db.log.compact(_ -> {});
            assertThrows(AssertionError.class, () -> db.assertAsRebuilt("wrong"));
        }
    }

    private static final UnaryOperator<Moves> WRONG =
            moves -> {
                if (moves == null) {
                    return null;
                }
                var noting = new Moves.Noting();
                noting.gone(0);
                for (long seq = 20_000; seq < 1 << 20; seq++) {
                    if (moves.of(seq) < 0) {
                        noting.gone(seq);
                    } else {
                        noting.moved(seq, moves.of(seq));
                    }
                }
                return noting.done(moves.from(), moves.to(), 1);
            };

    @Test
    void killedBesideACompactionTheViewsAnswerAsAFullRebuild() throws Exception {
        var path = directory.resolve("log");
        int within = 0;
        for (int i = 0; i < KILLS; i++) {
            try (var child = ChildWriter.start(Compactor.class, path.toString(), "" + seed)) {
                child.await(1 + random.nextInt(8));
                TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
                within += child.kill() % 2 == 1 ? 1 : 0;
            }
            try (var db = new CompactedViews(path, new PosixStorage())) {
                db.assertAsRebuilt("kill " + i + ", seed " + seed);
            }
        }
        System.out.printf("MovedViewsTest: %d kills, %d beside a compaction%n", KILLS, within);
    }

    /**
     * The child: acknowledges an odd number before a compaction, an even one when views followed.
     */
    static final class Compactor {
        private Compactor() {}

        /** Arguments: log, seed. */
        public static void main(String[] args) throws Exception {
            var acknowledgements = ChildWriter.acknowledgements();
            var random = new Random(Long.parseLong(args[1]));
            try (var db = new CompactedViews(Path.of(args[0]), new PosixStorage())) {
                for (int i = 0; ; i += 2) {
                    db.append(120, random);
                    db.reachEnd();
                    db.feed.checkpoint();
                    db.deleteSome(0.25, random);
                    acknowledgements.acknowledge(i + 1);
                    db.log.compact(_ -> {});
                    db.reachEnd();
                    acknowledgements.acknowledge(i + 2);
                }
            }
        }
    }

    @Test
    void inWhateverOrderThePowerCutTookWritesTheViewsAnswerAsAFullRebuild() {
        var report =
                CrashCheck.run(
                        new CompactedViews.Subject(seed, UnaryOperator.identity(), false),
                        Crash.POWER_CUT,
                        seed,
                        IMAGES);
        report.assertSound();
    }

    /** The canary of that. */
    @Test
    void aWrongMoveIsCaughtInWhatACrashLeaves() {
        var report =
                CrashCheck.run(
                        new CompactedViews.Subject(seed, WRONG, true), Crash.KILL, seed, IMAGES);
        assertTrue(report.failed() > 0, "none of " + report.images() + " images was caught");
    }

    @Test
    void aRecordLikeADeletedOneThatMovedToItsPlaceIsNotDeleted() throws Exception {
        var path = directory.resolve("log");
        byte[] twin = "twin".getBytes();
        try (var log = BlockLog.open(path)) {
            log.append("first".getBytes());
            long deleted = log.append(twin);
            log.append(twin);
            log.drain();
            var home = ViewFeed.directoryBeside(path);
            try (var feed = new ViewFeed(log, Encoding.JSON, new PosixStorage(), home)) {
                feed.delete(deleted);
            }
            log.compact(_ -> {}); // and the process died before any view heard of it
            try (var _ = new ViewFeed(log, Encoding.JSON, new PosixStorage(), home)) {
                assertEquals(deleted, log.since());
                assertEquals(
                        twin.length,
                        log.get(deleted, MemorySegment.NULL),
                        "the other one is gone too");
            }
        }
    }

    @Test
    void movesTellWhereEachRecordIsAndWhichAreGone() {
        var noting = new Moves.Noting();
        noting.stays(10);
        noting.gone(20);
        noting.gone(30);
        noting.moved(40, 20);
        noting.moved(50, 30);
        noting.gone(60);
        noting.moved(70, 40);
        var moves = noting.done(1, 2, 0.5);
        assertEquals(List.of(10L, -1L, -1L, 20L, 30L, -1L, 40L), all(moves::of));
        assertEquals(List.of(10L, 10L, 10L, 20L, 30L, 30L, 40L), all(moves::upTo));
        var none = new Moves.Noting();
        none.gone(10);
        assertEquals(-1, none.done(1, 2, 0).upTo(70));
        none.incomplete();
        assertFalse(none.done(1, 2, 0) != null);
    }

    private static List<Long> all(LongUnaryOperator of) {
        return LongStream.rangeClosed(1, 7).map(i -> of.applyAsLong(i * 10)).boxed().toList();
    }
}
