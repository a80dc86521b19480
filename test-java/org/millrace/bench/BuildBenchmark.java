package org.millrace.bench;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.storage.PosixStorage;
import org.millrace.view.MountedView;
import org.millrace.view.ViewFeed;
import org.millrace.view.builtin.BuiltInViews;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/**
 * Question: how many messages a second go into native views, until they are saved?
 *
 * <p>Varies: the set of views. Fixed: the log, in the page cache; empty views, in a fresh directory
 * each time. {@code messages} is the figure. Not answered: the first build of a JVM (views.js), a
 * cold disk, reads ({@link ViewBenchmark}).
 *
 * <p>Run: {@code mvn -q -Pbench verify -Dbench='BuildBenchmark -p log=/path/to/log.offset'}, under
 * {@code taskset -c 0} for one core. Without a log: the committed 3,000 messages.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class BuildBenchmark {
    private static final Path FIXTURE = Path.of("test-js/fixtures/ssb-3k.log.offset.gz");

    @Param({"keys,feeds,backlinks", "all"})
    String views;

    @Param("")
    String log;

    private final LogBenchmark.Scratch unpacked = new LogBenchmark.Scratch();
    private final LogBenchmark.Scratch scratch = new LogBenchmark.Scratch();
    private Log open;
    private long records;

    /** Counted beside the builds. */
    @State(Scope.Thread)
    @AuxCounters
    public static class Counted {
        public long messages;
    }

    @Setup
    public void open() throws IOException {
        Path path = log.isEmpty() ? unpacked.fresh().resolve("log.offset") : Path.of(log);
        if (log.isEmpty()) {
            try (var packed = new GZIPInputStream(Files.newInputStream(FIXTURE))) {
                Files.copy(packed, path, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        open = OffsetLog.open(path, OffsetOptions.defaults().withReadOnly(true));
        records = 0;
        open.forEach(Range.ALL, (_, _) -> records++);
    }

    @TearDown
    public void close() throws IOException {
        open.close();
        scratch.remove();
        unpacked.remove();
    }

    /** From nothing to the last view saved. */
    @Benchmark
    public void build(Counted counted) throws IOException, InterruptedException {
        Collection<String> names =
                views.equals("all") ? BuiltInViews.names() : List.of(views.split(","));
        try (var feed = new ViewFeed(open, Encoding.JSON, new PosixStorage(), scratch.fresh())) {
            var mounted = new ArrayList<MountedView>();
            for (var name : names) {
                mounted.add(feed.mount(name, BuiltInViews.factory(name)));
            }
            for (var view : mounted) {
                feed.await(view, open.since());
            }
            feed.checkpoint();
        }
        counted.messages += records;
    }
}
