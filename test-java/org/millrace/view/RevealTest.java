package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.view.ViewFixture.bytes;
import static org.millrace.view.ViewFixture.find;
import static org.millrace.view.ViewFixture.read;
import static org.millrace.view.ViewFixture.value;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.codec.Message;
import org.millrace.log.block.BlockLog;
import org.millrace.log.offset.OffsetLog;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.builtin.BuiltInViews;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Records that views took in encrypted and that were decrypted later. */
class RevealTest {
    private static final String POST = "{\"type\":\"post\",\"text\":\"secret\",\"root\":\"%s\"}";
    private static final String BOX = "\"c2VjcmV0.box\"";

    @TempDir private Path directory;
    private Path path;
    private final List<Long> seqs = new ArrayList<>();

    @BeforeEach
    void aLogWhoseEverySecondMessageIsEncrypted() {
        path = directory.resolve("log.offset");
        try (var log = OffsetLog.open(path)) {
            for (int i = 0; i < 20; i++) {
                seqs.add(log.append(message(i, i % 2 == 0 ? BOX : post(i))));
            }
        }
    }

    @Test
    void theViewsSeeWhatIsNewOnceAndNothingTwice() {
        try (var db = opened()) {
            var keys = db.mount("keys");
            var type = db.mount("type");
            var backlinks = db.mount("backlinks");
            var feeds = db.mount("feeds");
            var search = db.mount("search");
            assertEquals(10, read(type, Map.of("type", "post")).size());
            reveal(db, 8);
            reveal(db, 4);
            reveal(db, 4);
            assertEquals(expected(4, 8), read(type, Map.of("type", "post")));
            assertEquals("12", value(type, "count", Map.of("type", "post")));
            assertEquals(7, read(backlinks, Map.of("id", id(0))).size());
            assertEquals(20, read(feeds, Map.of("id", "@a")).size());
            assertEquals(
                    expected(4, 8).reversed(), read(search, "query", Map.of("query", "secret")));
            assertEquals("{}", value(feeds, "problems", Map.of()));
            assertEquals(seqs.get(4), find(keys, "get", id(4)));
            db.feed.rebuild(type);
            db.reachEnd(type);
            assertEquals(expected(4, 8), read(type, Map.of("type", "post")));
        }
        try (var db = opened()) {
            assertEquals(expected(4, 8), read(db.mount("type"), Map.of("type", "post")));
        }
    }

    @Test
    void aKillBetweenTheCheckpointAndARevealBringsItAgain() throws Exception {
        try (var db = opened()) {
            db.mount("type");
            reveal(db, 2);
            db.feed.checkpoint();
            reveal(db, 6);
            var copy = directory.resolve("killed");
            copy(directory, copy);
            var log = OffsetLog.open(copy.resolve("log.offset"));
            try (var after = new ViewFixture(copy.resolve("log.offset"), log, false)) {
                assertEquals(expected(2, 6), read(after.mount("type"), Map.of("type", "post")));
            }
        }
        try (var db = opened()) {
            assertEquals(expected(2, 6), read(db.mount("type"), Map.of("type", "post")));
            assertEquals(
                    expected(2, 6), posts(db.feed.mount("late", BuiltInViews.factory("type")), db));
        }
    }

    @Test
    void aViewThatIsNotRepeatableIsBuiltAnew() {
        try (var db = opened()) {
            var posts = new PostsView();
            var view = db.feed.mount("posts", posts);
            db.reachEnd(view);
            assertEquals(10, posts.count);
            reveal(db, 4);
            db.reachEnd(view);
            assertEquals(11, posts.count);
        }
    }

    @Test
    void aLiveReaderGoesOnBehindARevealedRecord() {
        try (var db = opened()) {
            var type = db.mount("type");
            var source = type.method("read", ViewMethod.Source.class);
            var rows = type.read(_ -> source.open(Map.of("type", "post", "live", "true")));
            assertEquals(10, ViewFixture.drain(type, rows).size());
            long first = db.log.append(message(20, post(20)));
            db.reachEnd(type);
            reveal(db, 4);
            long second = db.log.append(message(21, post(21)));
            db.reachEnd(type);
            assertEquals(List.of(first, second), ViewFixture.drain(type, rows));
        }
    }

    @Test
    void aDeletedRecordsPlaintextIsGoneFromTheDiskToo() throws Exception {
        var side = ViewFeed.directoryBeside(path).resolve("revealed");
        try (var db = opened()) {
            var type = db.mount("type");
            reveal(db, 4);
            reveal(db, 6);
            assertTrue(Files.readString(side, StandardCharsets.ISO_8859_1).contains(id(4)));
            db.feed.delete(seqs.get(4));
            assertFalse(Files.readString(side, StandardCharsets.ISO_8859_1).contains(id(4)));
            assertEquals(expected(6), read(type, Map.of("type", "post")));
        }
        try (var db = opened()) {
            assertEquals(expected(6), read(db.mount("type"), Map.of("type", "post")));
        }
    }

    @Test
    void aTornEntryIsCutAndTheOthersCount() throws Exception {
        var side = ViewFeed.directoryBeside(path).resolve("revealed");
        try (var db = opened()) {
            db.mount("type");
            reveal(db, 4);
            reveal(db, 6);
        }
        var whole = Files.readAllBytes(side);
        for (int length = whole.length - 1; length > whole.length / 2; length -= 7) {
            Files.write(side, java.util.Arrays.copyOf(whole, length));
            try (var db = opened()) {
                assertEquals(expected(4), read(db.mount("type"), Map.of("type", "post")));
            }
        }
    }

    @Test
    void aCompactionMovesThemToo() {
        path = directory.resolve("log.blocks");
        seqs.clear();
        try (var log = BlockLog.open(path)) {
            for (int i = 0; i < 20; i++) {
                seqs.add(log.append(message(i, i % 2 == 0 ? BOX : post(i))));
            }
            log.drain();
            try (var db = new ViewFixture(path, log, true)) {
                var type = db.mount("type");
                reveal(db, 8);
                db.feed.delete(seqs.get(1));
                log.compact(_ -> {});
                db.reachEnd(type);
                assertEquals(10, read(type, Map.of("type", "post")).size());
                var keys = db.mount("keys");
                assertTrue(read(type, Map.of("type", "post")).contains(find(keys, "get", id(8))));
            }
        }
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        try (var log = OffsetLog.open(path);
                var feed = new ViewFixture(path, log, false).feed) {
            var refused =
                    assertThrows(
                            MillraceException.class,
                            () -> feed.reveal(seqs.get(4), bytes(text(4, post(4)))));
            assertTrue(refused.getMessage().contains("keepRevealed"), refused.getMessage());
        }
        try (var db = opened()) {
            assertRefused(db, 4, "no message at all");
            assertRefused(db, 4, text(6, post(6)));
            assertRefused(db, 5, text(5, post(6)));
            reveal(db, 4);
            assertRefused(db, 4, text(4, post(7)));
        }
    }

    private void assertRefused(ViewFixture db, int i, String record) {
        var refused =
                assertThrows(
                        MillraceException.class,
                        () -> db.feed.reveal(seqs.get(i), bytes(record)),
                        record);
        assertEquals(ErrorCode.ERR_ARGUMENT, refused.code());
    }

    private ViewFixture opened() {
        return new ViewFixture(path, OffsetLog.open(path), true);
    }

    private void reveal(ViewFixture db, int i) {
        db.feed.reveal(seqs.get(i), bytes(text(i, post(i))));
    }

    /** The posts in the clear, and these. */
    private List<Long> expected(Integer... revealed) {
        var posts = new ArrayList<Long>();
        for (int i = 0; i < 20; i++) {
            if (i % 2 == 1 || List.of(revealed).contains(i)) {
                posts.add(seqs.get(i));
            }
        }
        return posts;
    }

    private static List<Long> posts(MountedView view, ViewFixture db) {
        db.reachEnd(view);
        return ViewFixture.read(view, Map.of("type", "post"));
    }

    private static void copy(Path from, Path to) throws Exception {
        List<Path> all;
        try (var walk = Files.walk(from)) {
            all = walk.toList();
        }
        for (var one : all) {
            var target = to.resolve(from.relativize(one).toString());
            if (Files.isDirectory(one)) {
                Files.createDirectories(target);
            } else {
                Files.copy(one, target);
            }
        }
    }

    private static String id(int i) {
        return "%" + "A".repeat(41) + (char) ('B' + i) + "A=.sha256";
    }

    private static String post(int i) {
        return POST.formatted(id(i % 2 == 0 ? 0 : i % 4 - 1));
    }

    private static byte[] message(int i, String content) {
        return text(i, content).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(int i, String content) {
        return "{\"key\":\"%s\",\"value\":{\"author\":\"@a\",\"sequence\":%d,\"timestamp\":%d,\"content\":%s},\"timestamp\":%d}"
                .formatted(id(i), i + 1, 1000 + i, content, 2000 + i);
    }

    /** Counts what it is given, in memory. */
    private static final class PostsView implements View {
        private int count;

        @Override
        public int version() {
            return 1;
        }

        @Override
        public void append(long seq, Message message) {
            count += message.type().isString() ? 1 : 0;
        }

        @Override
        public void clear() {
            count = 0;
        }

        @Override
        public Map<String, ViewMethod> methods() {
            return Map.of();
        }
    }
}
