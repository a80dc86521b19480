package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.codec.Encoding;
import org.millrace.fault.ChildWriter;
import org.millrace.fault.Tier;
import org.millrace.log.Range;
import org.millrace.storage.PosixStorage;
import org.millrace.view.builtin.BuiltInViews;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The process killed while its views are built, from nothing and behind appends: after the restart
 * no view is ahead of the log, and every answer is that of a full rebuild.
 */
class ViewKillTest {
    private static final int KILLS = Tier.count("millrace.kills.views", 8, 300);
    private static final int APPENDED_PER_CHECKPOINT = 40;

    /** Keeps the log small, whose full rebuild is what takes long here. */
    private static final int PAUSE_MS = 4;

    private static final List<String> NAMES = ViewAnswers.NAMES;

    private final long seed = Tier.seed(this);
    private final Random random = new Random(seed);
    private @TempDir Path directory;

    /** The child: mounts all views, appends more messages, saves checkpoints. */
    static final class Builder {
        private Builder() {}

        /** Arguments: source of messages, log, {@code rebuild} to begin with nothing. */
        public static void main(String[] args) throws InterruptedException {
            var acknowledgements = ChildWriter.acknowledgements();
            try (var source = new ViewFixture(Path.of(args[0]));
                    var db = new ViewFixture(Path.of(args[1]))) {
                var messages = records(source);
                int next = records(db).size();
                for (var view : mountAll(db.feed)) {
                    if (args[2].equals("rebuild")) {
                        db.feed.rebuild(view);
                    }
                }
                acknowledgements.acknowledge(db.log.since());
                while (true) {
                    for (int i = 0; i < APPENDED_PER_CHECKPOINT; i++) {
                        db.log.append(messages.get(next++ % messages.size()));
                    }
                    acknowledgements.acknowledge(db.log.since());
                    db.feed.checkpoint();
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
                }
            }
        }
    }

    @Test
    void killedWhileBuildingTheViewsAnswerAsAFullRebuildAndAreNeverAhead() throws Exception {
        var source = ViewFixture.unpack(directory);
        var path = directory.resolve("db/log.offset");
        int behind = 0;
        int kills = 0;
        for (; kills < KILLS || behind == 0; kills++) { // until one has met a view being built
            String how = kills % 3 == 0 ? "rebuild" : "continue";
            String[] args = {source.toString(), path.toString(), how};
            try (var child = ChildWriter.start(Builder.class, args)) {
                child.await(1 + random.nextInt(6));
                TimeUnit.MICROSECONDS.sleep(random.nextInt(30_000));
                long acknowledged = child.kill();
                behind += check(path, acknowledged, kills);
            }
        }
        System.out.printf(
                "ViewKillTest: %d kills, %d of %d views were behind the log, none ahead%n",
                kills, behind, kills * NAMES.size());
    }

    /** The canary: a view that has not seen the last message answers otherwise. */
    @Test
    void aViewThatMissesAMessageIsCaught() throws Exception {
        var source = ViewFixture.unpack(directory);
        try (var full = new ViewFixture(source);
                var db = new ViewFixture(directory.resolve("db/log.offset"))) {
            var messages = records(full);
            messages.forEach(db.log::append);
            var behind = mountAll(full.feed);
            db.log.append(messages.get(random.nextInt(messages.size())));
            var questions = ViewAnswers.questions(new ViewOracle(db.log), Integer.MAX_VALUE);
            int caught = 0;
            for (var view : mountAll(db.feed)) {
                db.feed.await(view, db.log.since());
                var other = behind.get(NAMES.indexOf(view.name()));
                full.feed.await(other, full.log.since());
                var right = ViewAnswers.to(view, db.log.since(), questions);
                caught += right.equals(ViewAnswers.to(other, full.log.since(), questions)) ? 0 : 1;
            }
            assertTrue(caught > 0, "no view told them apart");
        }
    }

    /** Returns how many views had something to catch up. */
    private int check(Path path, long acknowledged, int kill) throws Exception {
        int behind = 0;
        try (var db = new ViewFixture(path);
                var fresh =
                        new ViewFeed(
                                db.log,
                                Encoding.JSON,
                                new PosixStorage(),
                                directory.resolve("rebuilt" + kill))) {
            var what = "kill " + kill + ", seed " + seed;
            assertTrue(db.log.since() >= acknowledged, what);
            var views = new ArrayList<MountedView>();
            for (var name : NAMES) {
                var view = db.feed.mount(name, BuiltInViews.factory(name));
                assertTrue(view.since() <= db.log.since(), what);
                views.add(view);
            }
            var rebuilt = mountAll(fresh);
            var questions = ViewAnswers.questions(new ViewOracle(db.log), Integer.MAX_VALUE);
            for (int i = 0; i < views.size(); i++) {
                db.feed.await(views.get(i), db.log.since());
                behind += views.get(i).progress(0).records() > 0 ? 1 : 0;
                fresh.await(rebuilt.get(i), db.log.since());
                assertEquals(
                        ViewAnswers.to(rebuilt.get(i), db.log.since(), questions),
                        ViewAnswers.to(views.get(i), db.log.since(), questions),
                        NAMES.get(i) + " after " + what);
            }
        }
        return behind;
    }

    private static List<MountedView> mountAll(ViewFeed feed) {
        var views = new ArrayList<MountedView>();
        for (var name : NAMES) {
            views.add(feed.mount(name, BuiltInViews.factory(name)));
        }
        return views;
    }

    private static List<byte[]> records(ViewFixture db) {
        var records = new ArrayList<byte[]>();
        db.log.forEach(Range.ALL, (_, record) -> records.add(record.copy()));
        return records;
    }
}
