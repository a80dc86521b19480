package org.millrace.bench;

import org.millrace.log.Durability;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * How close is the write-ahead log to C's pwrite and fdatasync on the same preallocated file?
 *
 * <p>Varies: records that wait for one sync, and who waits (threads, virtual threads, one batch).
 * Fixed: 150-byte records, frames of 168 bytes, a segment zeroed ahead. Baseline: {@code
 * wal_baseline.c}, in turn with the log, round by round; medians of the rounds. Does not answer: a
 * cold disk, other file systems, a drive whose cache lies.
 *
 * <p>{@code java -cp target/classes:target/test-classes --enable-native-access=ALL-UNNAMED
 * org.millrace.bench.WalBench DIRECTORY [ROUNDS [one|batch|threads|os ...]]}
 */
public final class WalBench {
    private static final int RECORD_BYTES = 150;
    private static final int WARM_UP = 3_000;
    private static final int COUNT = 2_000;
    private static final int MILLIS = 700;

    private final Path directory;
    private final Path baseline;
    private final int rounds;
    private int logs;

    private WalBench(Path directory, int rounds) throws IOException, InterruptedException {
        this.directory = directory;
        this.rounds = rounds;
        this.baseline = directory.resolve("wal_baseline");
        var source = Path.of("test-java/org/millrace/bench/wal_baseline.c").toString();
        var gcc =
                new ProcessBuilder("gcc", "-O2", "-pthread", "-o", baseline.toString(), source)
                        .inheritIO();
        if (gcc.start().waitFor() != 0) {
            throw new IllegalStateException("gcc failed");
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        var directory = Files.createTempDirectory(Path.of(args[0]), "wal-bench");
        try {
            var bench = new WalBench(directory, args.length > 1 ? Integer.parseInt(args[1]) : 3);
            var what =
                    args.length > 2
                            ? Arrays.asList(args).subList(2, args.length)
                            : Arrays.asList("one", "batch", "threads", "os");
            for (var name : what) {
                switch (name) {
                    case "one" -> bench.one();
                    case "batch" -> bench.batches(16, 256, 4096);
                    case "threads" -> bench.threads(16, 256);
                    default -> bench.os();
                }
            }
        } finally {
            deleteAll(directory);
        }
    }

    /** A log whose first segment is zeroed ahead, as the baseline's file is. */
    private WalLog open(Durability level) {
        return open(level, 400);
    }

    private WalLog open(Durability level, int aheadMib) {
        var options =
                WalOptions.defaults()
                        .durability(level)
                        .segmentBytes(1L << 30)
                        .preallocateBytes((long) aheadMib << 20);
        return WalLog.open(directory.resolve("log" + logs++), options);
    }

    private void one() throws IOException {
        var c = new double[rounds][];
        var java = new double[rounds][];
        try (var log = open(Durability.SYNC);
                var arena = Arena.ofShared()) {
            var record = arena.allocate(RECORD_BYTES);
            var took = new long[COUNT];
            for (int i = 0; i < WARM_UP; i++) {
                log.append(record);
            }
            for (int round = 0; round < rounds; round++) {
                c[round] = baseline("one", COUNT);
                for (int i = 0; i < COUNT; i++) {
                    long start = System.nanoTime();
                    log.append(record);
                    took[i] = System.nanoTime() - start;
                }
                Arrays.sort(took);
                java[round] = new double[] {took[COUNT / 2] / 1e3, took[COUNT * 99 / 100] / 1e3};
            }
        }
        double cP50 = median(c, 0);
        double javaP50 = median(java, 0);
        print(
                "one record per sync: C p50 %.1f us p99 %.1f us; Java p50 %.1f us p99 %.1f us;"
                        + " p50 ratio %.2f (wanted <= 1.25)%n",
                cP50, median(c, 1), javaP50, median(java, 1), javaP50 / cP50);
    }

    private void batches(int... sizes) throws IOException {
        for (int size : sizes) {
            var c = new double[rounds][];
            var java = new double[rounds][];
            // Zeros that are still on their way to the disk would slow the first syncs.
            try (var log = open(Durability.SYNC, size < 100 ? 64 : 400);
                    var arena = Arena.ofShared()) {
                var data = arena.allocate((long) size * RECORD_BYTES);
                var ends = ends(arena, size);
                run(log, data, ends, MILLIS);
                for (int round = 0; round < rounds; round++) {
                    c[round] = baseline("batch", size, MILLIS);
                    java[round] = new double[] {run(log, data, ends, MILLIS)};
                }
            }
            report(size + " records per sync, one thread", c, java);
        }
    }

    private void threads(int... counts) throws IOException, InterruptedException {
        for (int count : counts) {
            for (boolean virtual : new boolean[] {false, true}) {
                var c = new double[rounds][];
                var java = new double[rounds][];
                try (var log = open(Durability.SYNC)) {
                    run(log, count, virtual);
                    for (int round = 0; round < rounds; round++) {
                        c[round] = baseline("threads", count, MILLIS);
                        java[round] = new double[] {run(log, count, virtual)};
                    }
                }
                report(
                        count + " waiting appenders" + (virtual ? " (virtual threads)" : ""),
                        c,
                        java);
            }
        }
    }

    /** The growing file of the baseline is one too; each round begins a new one. */
    private void os() throws IOException {
        int size = 1000;
        var c = new double[rounds][];
        var java = new double[rounds][];
        var cpu = new double[rounds];
        var clock = ManagementFactory.getThreadMXBean();
        try (var arena = Arena.ofShared()) {
            var data = arena.allocate((long) size * RECORD_BYTES);
            var ends = ends(arena, size);
            for (int round = -1; round < rounds; round++) {
                double baseline = baseline("os", size, MILLIS)[0];
                var path = directory.resolve("log" + logs);
                try (var log = open(Durability.OS)) {
                    long start = clock.getCurrentThreadCpuTime();
                    double rate = run(log, data, ends, MILLIS);
                    if (round >= 0) {
                        double records = log.since() / 168.0;
                        c[round] = new double[] {baseline};
                        java[round] = new double[] {rate};
                        cpu[round] = (clock.getCurrentThreadCpuTime() - start) / records;
                    }
                }
                deleteAll(path); // what is not on disk yet need not get there
            }
        }
        Arrays.sort(cpu);
        print(
                "level os, batches of %d: Java %,.0f records/s (wanted >= 5,000,000), C's pwrite of"
                        + " as many bytes %,.0f; %.0f ns of CPU a record%n",
                size, median(java, 0), median(c, 0), cpu[rounds / 2]);
    }

    private static double run(WalLog log, MemorySegment data, MemorySegment ends, int millis) {
        long start = System.nanoTime();
        long batches = 0;
        while (System.nanoTime() - start < millis * 1_000_000L) {
            log.append(data, ends, MemorySegment.NULL);
            batches++;
        }
        return batches * (ends.byteSize() / 4) * 1e9 / (System.nanoTime() - start);
    }

    private static double run(WalLog log, int count, boolean virtual) throws InterruptedException {
        var appended = new LongAdder();
        var threads = new ArrayList<Thread>();
        long start = System.nanoTime();
        long end = start + MILLIS * 1_000_000L;
        try (var arena = Arena.ofShared()) {
            var record = arena.allocate(RECORD_BYTES);
            for (int i = 0; i < count; i++) {
                Runnable work =
                        () -> {
                            while (System.nanoTime() < end) {
                                log.append(record);
                                appended.increment();
                            }
                        };
                threads.add(
                        virtual
                                ? Thread.startVirtualThread(work)
                                : Thread.ofPlatform().start(work));
            }
            for (var thread : threads) {
                thread.join();
            }
        }
        return appended.sum() * 1e9 / (System.nanoTime() - start);
    }

    private static MemorySegment ends(Arena arena, int size) {
        var ends = arena.allocate(4L * size, 4);
        for (int i = 0; i < size; i++) {
            ends.setAtIndex(ValueLayout.JAVA_INT, i, (i + 1) * RECORD_BYTES);
        }
        return ends;
    }

    private double[] baseline(Object... args) throws IOException {
        var command = new ArrayList<String>();
        command.add(baseline.toString());
        command.add(directory.resolve("baseline").toString());
        for (var arg : args) {
            command.add(arg.toString());
        }
        var process = new ProcessBuilder(command).start();
        var line = new String(process.getInputStream().readAllBytes()).trim();
        return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static void report(String what, double[][] c, double[][] java) {
        double ratio = median(java, 0) / median(c, 0);
        print(
                "%s: C %,.0f records/s; Java %,.0f; ratio %.2f (wanted >= 0.6)%n",
                what, median(c, 0), median(java, 0), ratio);
    }

    private static double median(double[][] rounds, int column) {
        var values = Arrays.stream(rounds).mapToDouble(row -> row[column]).sorted().toArray();
        return values[values.length / 2];
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }

    private static void deleteAll(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
