package org.millrace.bench;

import org.millrace.log.Log;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * How long does a log of 1 GB take to open, cleanly closed and after a crash?
 *
 * <p>Varies: the engine, how the log was left. Fixed: records of 150 bytes in batches of 1,000,
 * every engine's own level of durability; writer and opener are processes of their own, so the
 * opener's code is cold and the page cache warm. A crash is {@code halt} in the middle of
 * appending: nothing is closed, no checkpoint saved. Does not answer: a cold disk.
 *
 * <p>{@code java -cp target/classes:target/test-classes --enable-native-access=ALL-UNNAMED
 * org.millrace.bench.OpenBench DIRECTORY [MIB]}; wanted: clean 0.5 s, crash 3 s.
 */
public final class OpenBench {
    private static final int RECORD_BYTES = 150;
    private static final int BATCH = 1_000;

    /** The engines with a file. */
    enum Engine {
        OFFSET,
        BLOCK,
        WAL;

        Log open(Path path) {
            return switch (this) {
                case OFFSET -> OffsetLog.open(path, OffsetOptions.defaults());
                case BLOCK -> BlockLog.open(path, BlockOptions.defaults());
                case WAL -> WalLog.open(path, WalOptions.defaults());
            };
        }
    }

    private OpenBench() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        switch (args[0]) {
            case "write" ->
                    write(engine(args[1]), Path.of(args[2]), Long.parseLong(args[3]), args[4]);
            case "open" -> open(engine(args[1]), Path.of(args[2]));
            default -> all(Path.of(args[0]), args.length > 1 ? args[1] : "1024");
        }
    }

    private static void all(Path parent, String mib) throws IOException, InterruptedException {
        for (var engine : Engine.values()) {
            for (var how : new String[] {"clean", "crash"}) {
                var directory = Files.createTempDirectory(parent, "open-bench");
                try {
                    var log = directory.resolve("log").toString();
                    run("write", engine.name(), log, mib, how);
                    System.out.printf("%-6s %s: ", engine, how);
                    run("open", engine.name(), log);
                } finally {
                    deleteAll(directory);
                }
            }
        }
    }

    private static void write(Engine engine, Path path, long mib, String how) {
        var log = engine.open(path);
        try (var arena = Arena.ofShared()) {
            var data = arena.allocate(BATCH * RECORD_BYTES).fill((byte) 'x');
            var ends = arena.allocate(BATCH * 4L, 4);
            for (int i = 0; i < BATCH; i++) {
                ends.setAtIndex(ValueLayout.JAVA_INT, i, (i + 1) * RECORD_BYTES);
            }
            while (log.since() < mib << 20) {
                log.append(data, ends, MemorySegment.NULL);
            }
            if (how.equals("crash")) {
                Runtime.getRuntime().halt(0);
            }
            log.close();
        }
    }

    private static void open(Engine engine, Path path) {
        long start = System.nanoTime();
        try (var log = engine.open(path)) {
            System.out.printf(
                    Locale.ROOT,
                    "%.0f ms, since %,d, %s%n",
                    (System.nanoTime() - start) / 1e6,
                    log.since(),
                    log.openReport());
        }
    }

    private static Engine engine(String name) {
        return Engine.valueOf(name);
    }

    /** This class in a JVM of its own. */
    private static void run(String... args) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command =
                new String[] {
                    java,
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    OpenBench.class.getName()
                };
        var all = new ArrayList<>(List.of(command));
        all.addAll(List.of(args));
        System.out.flush();
        if (new ProcessBuilder(all).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", args) + " failed");
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
