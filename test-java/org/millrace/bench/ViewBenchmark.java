package org.millrace.bench;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.PosixStorage;
import org.millrace.view.MountedView;
import org.millrace.view.View;
import org.millrace.view.ViewFeed;
import org.millrace.view.ViewMethod;
import org.millrace.view.builtin.BuiltInViews;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How long building, reopening and reading native views takes.
 *
 * <p>Question: messages per second into keys + feeds + backlinks, and into all built-in views, from
 * a log in the page cache, saved to disk; then reopening, and warm reads by random keys. Varies:
 * the set of views. Fixed: the log, one JVM, warmed up by two builds. Does not answer: a cold disk,
 * reads from Node.
 *
 * <p>{@code java -cp target/classes:target/test-classes --enable-native-access=ALL-UNNAMED
 * org.millrace.bench.ViewBenchmark LOG [rounds]}; under {@code taskset -c 0} for one core.
 */
public final class ViewBenchmark {
    private static final List<String> CORE = List.of("keys", "feeds", "backlinks");

    private final Path path;
    private final Path views;
    private final int rounds;
    private long records;

    private ViewBenchmark(Path path, int rounds) {
        this.path = path;
        this.rounds = rounds;
        this.views = path.resolveSibling("views-benchmark-" + ProcessHandle.current().pid());
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        new ViewBenchmark(Path.of(arguments[0]), rounds).run();
    }

    private void run() throws Exception {
        try (var log = OffsetLog.open(path, OffsetOptions.defaults().withReadOnly(true))) {
            report("scan only", scan(log));
            var all = new ArrayList<>(BuiltInViews.names());
            for (int round = 0; round < rounds; round++) {
                report("scan only", scan(log));
                build("keys+feeds+backlinks", log, CORE);
                build("all " + all.size(), log, all);
            }
            build(log, all);
            reopen(log, all);
            read(log);
            System.out.printf("files %s%n", sizes());
            System.out.printf("anonymous memory at its peak: see RssAnon below%n%s", memory());
        } finally {
            delete();
        }
    }

    /** Of the whole process, the compiler's included: on a busy machine the steadier number. */
    private static double cpuSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos()
                / 1e9;
    }

    private double scan(Log log) {
        long start = System.nanoTime();
        var scanner = Encoding.JSON.scanner();
        var message = new Message();
        records = 0;
        try (var cursor = log.cursor(Range.ALL);
                var batch = RecordBatch.allocate(256 << 10, 4096)) {
            for (int count = cursor.next(batch); count > 0; count = cursor.next(batch)) {
                for (int i = 0; i < count; i++) {
                    if (!batch.isDeleted(i)) {
                        scanner.scan(batch.data(), batch.start(i), batch.length(i), message);
                    }
                }
                records += count;
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private void build(String row, Log log, List<String> names) throws Exception {
        double cpuBefore = cpuSeconds();
        double seconds = build(log, names);
        System.out.printf(Locale.ROOT, "cpu %.2f s, ", cpuSeconds() - cpuBefore);
        report(row, seconds);
    }

    /** Start to the last view saved. */
    private double build(Log log, List<String> names) throws Exception {
        delete();
        long start = System.nanoTime();
        try (var feed = open(log)) {
            for (var view : mount(feed, names)) {
                feed.await(view, log.since());
            }
            double built = (System.nanoTime() - start) / 1e9;
            feed.checkpoint();
            double saved = (System.nanoTime() - start) / 1e9;
            System.out.printf(Locale.ROOT, "  built %.3f s, ", built);
            return saved;
        }
    }

    private void reopen(Log log, List<String> names) throws Exception {
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            try (var feed = open(log)) {
                var views = mount(feed, names);
                double ms = (System.nanoTime() - start) / 1e6;
                boolean isWhole = views.stream().allMatch(view -> view.since() == log.since());
                System.out.printf(Locale.ROOT, "reopen %.1f ms, whole: %s%n", ms, isWhole);
            }
        }
    }

    private void read(Log log) throws Exception {
        var keys = new ArrayList<MemorySegment>();
        var authors = new ArrayList<String>();
        var scanner = Encoding.JSON.scanner();
        var message = new Message();
        log.forEach(
                Range.ALL.limit(20_000),
                (_, record) -> {
                    var bytes = record.segment();
                    scanner.scan(bytes, 0, record.length(), message);
                    keys.add(bytes(message.key().text()));
                    authors.add(message.author().text());
                });
        try (var feed = open(log)) {
            var view = mount(feed, CORE);
            var get = view.get(0).method("get", ViewMethod.Lookup.class);
            time("get by key", keys.size(), i -> view.get(0).find(get, keys.get(i)));
            var latest = view.get(1).method("latest", ViewMethod.Lookup.class);
            time("latest of author", 20_000, i -> view.get(1).find(latest, bytes(authors.get(i))));
            rows("feed, all rows", view.get(1), i -> Map.of("id", authors.get(i)));
            rows("backlinks, all rows", view.get(2), i -> Map.of("id", message(keys.get(i))));
            var count = view.get(2).method("count", ViewMethod.Value.class);
            time(
                    "vote count",
                    20_000,
                    i ->
                            view.get(2)
                                    .read(
                                            _ ->
                                                    count.read(
                                                            Map.of(
                                                                    "id",
                                                                    message(keys.get(i)),
                                                                    "relation",
                                                                    "vote")))
                                    .length());
            var clock = view.get(1).method("clock", ViewMethod.Value.class);
            time("vector clock", 1000, _ -> view.get(1).read(_ -> clock.read(Map.of())).length());
        }
    }

    private interface Options {
        Map<String, String> of(int i);
    }

    private interface Call {
        long run(int i);
    }

    private static void rows(String row, MountedView view, Options options) {
        var source = view.method("read", ViewMethod.Source.class);
        long[] seqs = new long[4096];
        time(
                row,
                5_000,
                i ->
                        view.read(
                                _ -> {
                                    var rows = source.open(options.of(i));
                                    long count = 0;
                                    for (int n = rows.next(seqs); n > 0; n = rows.next(seqs)) {
                                        count += n;
                                    }
                                    return count;
                                }));
    }

    private static void time(String row, int calls, Call call) {
        long[] nanos = new long[calls];
        long hash = 0;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < calls; i++) {
                long start = System.nanoTime();
                hash = hash * 31 + call.run(i);
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-22s p50 %8.2f us  p99 %8.2f us  hash %x%n",
                row,
                nanos[calls / 2] / 1e3,
                nanos[calls * 99 / 100] / 1e3,
                hash);
    }

    private ViewFeed open(Log log) {
        return new ViewFeed(log, Encoding.JSON, new PosixStorage(), views);
    }

    private static List<MountedView> mount(ViewFeed feed, List<String> names) {
        var mounted = new ArrayList<MountedView>();
        for (var name : names) {
            View.Factory factory = BuiltInViews.factory(name);
            mounted.add(feed.mount(name, factory));
        }
        return mounted;
    }

    private void report(String row, double seconds) {
        System.out.printf(
                Locale.ROOT,
                "%-22s %.3f s  %.2f M messages/s  %.0f ns each%n",
                row,
                seconds,
                records / seconds / 1e6,
                seconds * 1e9 / records);
    }

    private String sizes() throws IOException {
        var sizes = new StringBuilder();
        long total = 0;
        for (var name : BuiltInViews.names()) {
            try (var files = Files.walk(views.resolve(name))) {
                long bytes =
                        files.filter(Files::isRegularFile).mapToLong(ViewBenchmark::size).sum();
                total += bytes;
                sizes.append(String.format(Locale.ROOT, "%s %.2f MB, ", name, bytes / 1e6));
            }
        }
        return sizes + String.format(Locale.ROOT, "together %.2f MB", total / 1e6);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String memory() throws IOException {
        var lines = new StringBuilder();
        for (var line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("RssAnon") || line.startsWith("VmHWM")) {
                lines.append(line).append('\n');
            }
        }
        return lines.toString();
    }

    private void delete() throws IOException {
        if (Files.exists(views)) {
            try (var files = Files.walk(views)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static MemorySegment bytes(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return java.lang.foreign.Arena.ofAuto()
                .allocate(bytes.length, 8)
                .copyFrom(MemorySegment.ofArray(bytes));
    }

    private static String message(MemorySegment key) {
        return new String(
                key.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
