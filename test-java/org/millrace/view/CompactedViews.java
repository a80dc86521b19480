package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.millrace.codec.Encoding;
import org.millrace.fault.CrashSubject;
import org.millrace.fault.History;
import org.millrace.log.Log;
import org.millrace.log.Moves;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.Storage;
import org.millrace.view.builtin.BuiltInViews;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A block log of real messages with every built-in view, and views of keys that the test emits. */
final class CompactedViews implements AutoCloseable {
    private static final List<byte[]> MESSAGES = messages();

    private static final int SUBJECTS = 20;

    final BlockLog log;
    final ViewFeed feed;
    final List<MountedView> views = new ArrayList<>();

    /** Its keys hold no sequence. */
    final Keys ids;

    /** Nobody says so of these. */
    final Keys fixed;

    CompactedViews(Path path, Storage storage) {
        this(path, storage, UnaryOperator.identity());
    }

    /**
     * @param lie what the views are told instead of where records went
     */
    CompactedViews(Path path, Storage storage, UnaryOperator<Moves> lie) {
        log = BlockLog.open(path, BlockOptions.defaults().withStorage(storage));
        var home = ViewFeed.directoryBeside(path);
        feed = new ViewFeed(lying(log, lie), Encoding.JSON, storage, home);
        for (var name : BuiltInViews.names()) {
            views.add(feed.mount(name, BuiltInViews.factory(name)));
        }
        ids = new Keys(feed, "ids", true);
        fixed = new Keys(feed, "fixed", false);
    }

    /** Appends messages, some of them twice, so that keys have more than one record. */
    void append(int count, Random random) {
        int first = random.nextInt(MESSAGES.size());
        for (int i = 0; i < count; i++) {
            log.append(MESSAGES.get((first + i) % MESSAGES.size()));
        }
        log.drain();
    }

    void reachEnd() throws InterruptedException {
        for (var view : views) {
            feed.await(view, log.since());
        }
        ids.reachEnd(log);
        fixed.reachEnd(log);
    }

    /** Deletes records here and there. */
    void deleteSome(double part, Random random) {
        deleteSome(part, 1, random);
    }

    /**
     * @param told which part of them the views are told of; of the others they hear by the
     *     compaction
     */
    void deleteSome(double part, double told, Random random) {
        var seqs = new ArrayList<Long>();
        log.forEach(Range.ALL, (seq, _) -> seqs.add(seq));
        for (long seq : seqs) {
            if (random.nextDouble() < part) {
                if (random.nextDouble() < told) {
                    feed.delete(seq);
                } else {
                    log.delete(seq);
                }
            }
        }
        log.drain();
    }

    /**
     * How many built-in views were moved by the last compaction and have taken in nothing since.
     */
    int moved() {
        return (int) views.stream().filter(view -> view.progress(0).records() == 0).count();
    }

    void assertAsRebuilt(String what) throws Exception {
        try (var fresh = new ViewFeed(log, Encoding.JSON)) {
            var questions = ViewAnswers.questions(new ViewOracle(log), SUBJECTS);
            for (var view : views) {
                feed.await(view, log.since());
                var rebuilt = fresh.mount(view.name(), BuiltInViews.factory(view.name()));
                fresh.await(rebuilt, log.since());
                var expected =
                        ViewAnswers.unordered(
                                rebuilt, ViewAnswers.to(rebuilt, log.since(), questions));
                var answers =
                        ViewAnswers.unordered(view, ViewAnswers.to(view, log.since(), questions));
                for (int i = 0; i < expected.size(); i++) {
                    assertEquals(expected.get(i), answers.get(i), view.name() + " after " + what);
                }
            }
        }
    }

    @Override
    public void close() {
        feed.close();
        log.close();
    }

    /** A view as JavaScript's {@code map} makes one: the id of each message, which leads to it. */
    static final class Keys {
        final HostedView view;

        private Keys(ViewFeed feed, String name, boolean isMovable) {
            view = HostedView.mount(feed, name, 1, HostedView.Content.KEYS, isMovable);
        }

        void reachEnd(Log log) throws InterruptedException {
            var mounted = view.mounted();
            while (mounted.since() < log.since() || mounted.standing().hasMoved()) {
                if (mounted.standing().hasMoved()) {
                    Thread.sleep(1); // for the feed
                } else {
                    bringAll(log);
                }
            }
        }

        private void bringAll(Log log) {
            var mounted = view.mounted();
            int beginning = mounted.beginnings();
            long from = mounted.since();
            try (var batch = RecordBatch.allocate(1 << 20, 1 << 14)) {
                int[] used = {0};
                log.forEach(
                        Range.after(from),
                        (seq, record) -> {
                            var key = MemorySegment.ofArray(id(record.copy()));
                            int length = (int) key.byteSize();
                            MemorySegment.copy(key, 0, batch.data(), used[0], length);
                            batch.add(seq, used[0], length);
                            used[0] += length;
                        });
                view.bring(beginning, from, log.since(), batch, batch.count());
            }
        }

        boolean isEqualToLog(Log log) throws InterruptedException {
            reachEnd(log);
            var model = new TreeMap<String, List<Long>>();
            log.forEach(
                    Range.ALL,
                    (seq, record) -> {
                        var id = new String(id(record.copy()), StandardCharsets.UTF_8);
                        model.computeIfAbsent(id, _ -> new ArrayList<>()).add(seq);
                    });
            var get = view.mounted().method("get", ViewMethod.Lookup.class);
            for (var id : model.entrySet()) {
                long found = view.mounted().find(get, ViewFixture.bytes(id.getKey()));
                if (found != id.getValue().getLast()) {
                    return false;
                }
            }
            var seqs = model.values().stream().map(List::getLast).toList();
            return seqs.equals(ViewFixture.read(view.mounted(), Map.of()));
        }

        private static byte[] id(byte[] message) {
            var text = new String(message, StandardCharsets.UTF_8);
            int at = text.indexOf('%');
            return text.substring(at, text.indexOf('"', at)).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Compacts three times over a disk that is cut off anywhere; what is left must be right. */
    record Subject(long seed, UnaryOperator<Moves> lie, boolean keepsLast) implements CrashSubject {
        private static final Path LOG = Path.of("/disk/log");

        @Override
        public void run(Storage storage, History history) {
            var random = new Random(seed);
            try (var db = new CompactedViews(LOG, storage, lie)) {
                for (int i = 0; i < 3; i++) {
                    db.append(60, random);
                    db.reachEnd();
                    db.deleteSome(0.2, random);
                    db.append(keepsLast || random.nextBoolean() ? 1 : 0, random);
                    db.reachEnd();
                    db.feed.checkpoint();
                    db.log.compact(_ -> {});
                    db.reachEnd();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Only the views count; the records have their own test. */
        @Override
        public List<byte[]> recover(Storage storage) {
            try (var db = new CompactedViews(LOG, storage)) {
                db.assertAsRebuilt("a crash");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return List.of();
        }
    }

    private static Log lying(BlockLog log, UnaryOperator<Moves> lie) {
        return (Log)
                Proxy.newProxyInstance(
                        Log.class.getClassLoader(),
                        new Class<?>[] {Log.class},
                        (_, method, arguments) -> {
                            try {
                                var answer = method.invoke(log, arguments);
                                return method.getName().equals("movesSince")
                                        ? lie.apply((Moves) answer)
                                        : answer;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static List<byte[]> messages() {
        try {
            var directory = Files.createTempDirectory("messages");
            var path = ViewFixture.unpack(directory);
            var messages = new ArrayList<byte[]>();
            try (var log = OffsetLog.open(path)) {
                log.forEach(Range.ALL, (_, record) -> messages.add(record.copy()));
            }
            return messages;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
