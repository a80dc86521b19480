package org.millrace.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Question: how many records of about 150 bytes can Java append, scan, and read at random?
 *
 * <p>Varies: the store ({@link Store.Kind}). Fixed: the records, 1000 to a batch where the store
 * has batches, no sync anywhere, 1,000,000 records for scan and random (10,000,000 for
 * randomOfMany), the page cache warm. Baselines: Chronicle Queue, LMDB, RocksDB. Not answered:
 * durable appends (the engines issue), cold disks, concurrent readers.
 *
 * <p>Run: {@code mvn -q -Pbench verify}, or {@code -Pbench -Dbench='LogBenchmark.scan -p
 * store=MILLRACE'}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LogBenchmark {
    private static final int RECORDS = 1_000_000;
    private static final int MANY = 10_000_000;
    private static final int GETS = 1000;
    private static final int HOT = 1000;
    private static final long APPEND_BYTES_MAX = 2L << 30;
    private static final long WARM_BYTES = 4L << 30;

    @Param({"MILLRACE", "CHRONICLE", "LMDB", "ROCKSDB"})
    Store.Kind store;

    /** Appends go to a store of their own, begun anew before it fills the disk. */
    @State(Scope.Thread)
    public static class Appends {
        private final Scratch scratch = new Scratch();
        private final Records records = new Records();
        private final long[] ids = new long[Records.COUNT];
        private Store.Kind kind;
        private Store open;
        private long bytes;

        @Setup
        public void open(LogBenchmark benchmark) throws IOException {
            kind = benchmark.store;
            warmMemory();
            open = kind.open(scratch.fresh());
        }

        /**
         * A guest that was idle gets its memory back page by page, at 4-6 us each: not ours to
         * measure.
         */
        private static void warmMemory() {
            try (var arena = Arena.ofConfined()) {
                arena.allocate(WARM_BYTES).fill((byte) 1);
            }
        }

        void append() {
            if (bytes > APPEND_BYTES_MAX) {
                reopen();
            }
            open.append(records.data, records.lengths, ids);
            bytes += records.data.byteSize();
        }

        private void reopen() {
            try {
                open.close();
                open = kind.open(scratch.fresh());
                bytes = 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @TearDown
        public void close() throws IOException {
            open.close();
            scratch.remove();
        }
    }

    /** A store of a million records; a wrong scan ends the benchmark. */
    @State(Scope.Thread)
    public static class Reads {
        private final Scratch scratch = new Scratch();
        private final long[] ids;
        private int next;
        private Store open;
        private long expected;

        public Reads() {
            this(RECORDS);
        }

        Reads(int records) {
            ids = new long[records];
        }

        @Setup(Level.Trial)
        public void fill(LogBenchmark benchmark) throws IOException {
            open = benchmark.store.open(scratch.fresh());
            var records = new Records();
            var batch = new long[Records.COUNT];
            int batches = ids.length / Records.COUNT;
            for (int i = 0; i < batches; i++) {
                open.append(records.data, records.lengths, batch);
                System.arraycopy(batch, 0, ids, i * Records.COUNT, Records.COUNT);
            }
            expected = records.fold(batches);
            shuffle();
        }

        /** The order of the gets stands before, or each would also miss the cache for its id. */
        private void shuffle() {
            var random = new SplittableRandom(7);
            for (int i = ids.length - 1; i > 0; i--) {
                int other = random.nextInt(i + 1);
                long id = ids[i];
                ids[i] = ids[other];
                ids[other] = id;
            }
        }

        long scan() {
            long sum = open.scan();
            if (sum != expected) {
                throw new IllegalStateException("scan gave " + sum + ", expected " + expected);
            }
            return sum;
        }

        /** One of the first {@code among} in the order of the gets. */
        long get(int among) {
            next = next + 1 < among ? next + 1 : 0;
            return open.get(ids[next]);
        }

        @TearDown
        public void close() throws IOException {
            open.close();
            scratch.remove();
        }
    }

    /** A store that no cache of a processor holds, nor the upper levels of a tree. */
    @State(Scope.Thread)
    public static class ManyReads extends Reads {
        public ManyReads() {
            super(MANY);
        }
    }

    @Benchmark
    @OperationsPerInvocation(Records.COUNT)
    public void append(Appends appends) {
        appends.append();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long scan(Reads reads) {
        return reads.scan();
    }

    @Benchmark
    @OperationsPerInvocation(GETS)
    public long random(Reads reads) {
        return gets(reads, RECORDS);
    }

    /** Of ten million records. */
    @Benchmark
    @OperationsPerInvocation(GETS)
    public long randomOfMany(ManyReads reads) {
        return gets(reads, MANY);
    }

    /**
     * Random gets of the same thousand records: without the misses of caches and address tables.
     */
    @Benchmark
    @OperationsPerInvocation(GETS)
    public long hot(Reads reads) {
        return gets(reads, HOT);
    }

    private static long gets(Reads reads, int among) {
        long sum = 0;
        for (int i = 0; i < GETS; i++) {
            sum += reads.get(among);
        }
        return sum;
    }

    /** A temporary directory at a time. */
    static final class Scratch {
        private Path directory;

        Path fresh() throws IOException {
            remove();
            directory = Files.createTempDirectory("millrace-bench");
            return directory;
        }

        void remove() throws IOException {
            if (directory == null) {
                return;
            }
            try (var files = Files.walk(directory)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
            directory = null;
        }
    }
}
