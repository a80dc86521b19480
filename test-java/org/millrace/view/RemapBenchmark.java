package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Range;
import org.millrace.log.block.BlockLog;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Whether views should be built anew when a block log was compacted, or their tables written again
 * with the records' new sequences.
 *
 * <p>Question: milliseconds of a compaction, of building and saving views of what is left, and of
 * merging each view's tables into one with every sequence looked up in a sorted list. Varies: the
 * set of views. Fixed: one JVM, warm, the log in the page cache, one record of a hundred deleted.
 * Does not answer: what noting old and new sequences costs the compaction, what states and
 * JavaScript's views would need.
 *
 * <p>{@code java -cp target/classes:target/test-classes --enable-native-access=ALL-UNNAMED
 * org.millrace.view.RemapBenchmark OFFSET_LOG [rounds]}
 */
final class RemapBenchmark {
    private static final List<String> CORE = List.of("keys", "feeds", "backlinks");
    private static final List<String> ALL =
            List.of("keys", "feeds", "backlinks", "time", "type", "links", "about", "contacts");

    private final Path directory;
    private final Storage storage = new PosixStorage();
    private final List<ViewStore> stores = new ArrayList<>();

    private RemapBenchmark(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        for (var names : List.of(CORE, ALL)) {
            for (int round = 0; round < rounds; round++) {
                var directory = Files.createTempDirectory("remap-benchmark");
                new RemapBenchmark(directory).run(Path.of(arguments[0]), names);
                delete(directory);
            }
        }
    }

    private void run(Path source, List<String> names) throws Exception {
        var path = directory.resolve("log");
        try (var log = BlockLog.open(path)) {
            copy(source, log);
            long begun = System.nanoTime();
            log.compact(_ -> {});
            double compaction = ms(begun);
            begun = System.nanoTime();
            try (var _ = build(path, log, names)) {
                double building = ms(begun);
                long[] seqs = seqs(log);
                long[] moved = Arrays.stream(seqs).map(seq -> seq / 2).toArray();
                begun = System.nanoTime();
                long postings = 0;
                for (var store : stores) {
                    postings += remap(store.index().tables(), seqs, moved);
                }
                System.out.printf(
                        Locale.ROOT,
                        "%d views of %d records, %d postings: compaction %.0f ms, rebuild %.0f ms,"
                                + " remap %.0f ms%n",
                        names.size(),
                        seqs.length,
                        postings,
                        compaction,
                        building,
                        ms(begun));
            }
        }
    }

    private static void copy(Path source, BlockLog to) {
        try (var log = OffsetLog.open(source, OffsetOptions.defaults().withReadOnly(true))) {
            var seqs = new ArrayList<Long>();
            log.forEach(Range.ALL, (_, record) -> seqs.add(to.append(record.segment())));
            to.drain();
            for (int i = 0; i < seqs.size(); i += 100) {
                to.delete(seqs.get(i));
            }
            to.drain();
        }
    }

    private ViewFeed build(Path path, BlockLog log, List<String> names) throws Exception {
        var feed = new ViewFeed(log, Encoding.JSON, storage, ViewFeed.directoryBeside(path));
        for (var name : names) {
            feed.mount(
                    name,
                    store -> {
                        stores.add(store);
                        return BuiltInViews.factory(name).create(store);
                    });
        }
        for (var view : feed.views()) {
            feed.await(view, log.since());
        }
        feed.checkpoint();
        return feed;
    }

    /** What a remap has to do at least: read, look up, write, sync. */
    private long remap(List<Table> tables, long[] seqs, long[] moved) {
        var path = directory.resolve("remapped");
        long postings = 0;
        try (var file = storage.open(path, Storage.OpenMode.CREATE);
                var writer = new TableWriter(file)) {
            var reader = new BlockReader();
            for (var table : tables) {
                for (long rank = 0; rank < table.size(); rank++, postings++) {
                    reader.moveTo(table, rank);
                    long seq = moved[Arrays.binarySearch(seqs, reader.seq())];
                    long place = PostingList.place(seq, reader.flags());
                    writer.add(reader.hash(), reader.tag(), reader.order(), place);
                }
            }
            writer.finish();
        }
        storage.delete(path);
        return postings;
    }

    private static long[] seqs(BlockLog log) {
        var seqs = new long[1 << 22];
        int count = 0;
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(256 << 10, 4096)) {
            while (cursor.next(batch) > 0) {
                for (int i = 0; i < batch.count(); i++) {
                    seqs[count++] = batch.seq(i);
                }
            }
        }
        return Arrays.copyOf(seqs, count);
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
