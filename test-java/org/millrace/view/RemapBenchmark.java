package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.storage.PosixStorage;
import org.millrace.view.builtin.BuiltInViews;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * What moving views costs when a block log was compacted, and what building them anew would.
 *
 * <p>Question: milliseconds from the end of a compaction until all views answer and are saved.
 * Varies: the set of views, which part of the records was deleted (at random places), whether views
 * are moved as {@link Following} thinks best, or never. Fixed: one JVM, warm after the first round,
 * the log in the page cache. Does not answer: what states and views of JavaScript need.
 *
 * <p>{@code java -cp target/classes:target/test-classes --enable-native-access=ALL-UNNAMED
 * org.millrace.view.RemapBenchmark OFFSET_LOG [rounds] [copies of the log]}
 */
final class RemapBenchmark {
    private static final List<String> CORE = List.of("keys", "feeds", "backlinks");
    private static final List<String> ALL =
            List.of("keys", "feeds", "backlinks", "time", "type", "links", "about", "contacts");
    private static final int[] DELETED_PERCENT = {1, 50, 80, 95};

    private final Random random = new Random(1);
    private final List<byte[]> records = new ArrayList<>();
    private final int copies;

    private RemapBenchmark(Path source, int copies) {
        this.copies = copies;
        try (var log = OffsetLog.open(source, OffsetOptions.defaults().withReadOnly(true))) {
            log.forEach(Range.ALL, (_, record) -> records.add(record.copy()));
        }
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        int copies = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
        var benchmark = new RemapBenchmark(Path.of(arguments[0]), copies);
        for (var names : List.of(CORE, ALL)) {
            for (int percent : DELETED_PERCENT) {
                for (int round = 0; round < rounds; round++) {
                    double[] moved = benchmark.run(names, percent, true);
                    double[] rebuilt = benchmark.run(names, percent, false);
                    System.out.printf(
                            Locale.ROOT,
                            "%d views, %d %% of %d records deleted: compaction %.0f ms, moved"
                                    + " or not %.0f ms, rebuilt %.0f ms%n",
                            names.size(),
                            percent,
                            benchmark.records.size() * copies,
                            moved[0],
                            moved[1],
                            rebuilt[1]);
                }
            }
        }
    }

    /** Milliseconds of the compaction, and from its end on. */
    private double[] run(List<String> names, int deletedPercent, boolean moves) throws Exception {
        var directory = Files.createTempDirectory("remap-benchmark");
        var path = directory.resolve("log");
        try (var log = BlockLog.open(path)) {
            var seqs = new ArrayList<Long>();
            for (int i = 0; i < copies; i++) {
                records.forEach(record -> seqs.add(log.append(record)));
            }
            log.drain();
            var home = ViewFeed.directoryBeside(path);
            try (var feed = new ViewFeed(log, Encoding.JSON, new PosixStorage(), home)) {
                for (var name : names) {
                    var factory = BuiltInViews.factory(name);
                    feed.mount(name, store -> new Followed(factory.create(store), moves));
                }
                reachEnd(feed);
                for (long seq : seqs) {
                    if (random.nextInt(100) < deletedPercent) {
                        log.delete(seq);
                    }
                }
                long begun = System.nanoTime();
                log.compact(_ -> {});
                double compaction = ms(begun);
                begun = System.nanoTime();
                reachEnd(feed);
                return new double[] {compaction, ms(begun)};
            }
        } finally {
            delete(directory);
        }
    }

    /** A view that is moved after a compaction, or not. */
    private record Followed(View view, boolean isMovable) implements View {
        @Override
        public int version() {
            return view.version();
        }

        @Override
        public void append(long seq, Message message) {
            view.append(seq, message);
        }

        @Override
        public Map<String, ViewMethod> methods() {
            return view.methods();
        }

        @Override
        public void clear() {
            view.clear();
        }
    }

    private static void reachEnd(ViewFeed feed) throws InterruptedException {
        for (var view : feed.views()) {
            feed.await(view, feed.log().since());
        }
        feed.checkpoint();
    }

    private static double ms(long begun) {
        return (System.nanoTime() - begun) / 1e6;
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
