package org.millrace.golden;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.format.BlockCrc;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.log.OpenReport;
import org.millrace.log.Range;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Write-ahead logs as version 1 wrote them, committed: every later program reads them, and this one
 * writes the same bytes. To make them again: {@code mvn test -Dtest=WalGoldenTest
 * -Dmillrace.golden=write}.
 */
class WalGoldenTest {
    private static final Path FILES = Path.of("test-java/org/millrace/golden/files/wal");
    private static final byte[] KEY = HexFormat.of().parseHex("0123456789abcdef".repeat(4));

    private @TempDir Path directory;

    private static WalOptions options() {
        return WalOptions.defaults()
                .durability(Durability.SYNC)
                .clockMs(() -> 1_700_000_000_000L)
                .segmentBytes(4096 + 400)
                .preallocateBytes(0);
    }

    /** The first segment with a fixed log id, in place of a random one. */
    private Path fixed(String name) throws IOException {
        var path = Files.createDirectories(directory.resolve(name));
        var block = MemorySegment.ofArray(new byte[WalHeader.BYTES]);
        WalHeader.of(0x4D69_6C6C_7261_6365L, 0, 0, 1_700_000_000_000L).put(block);
        Files.write(path.resolve("00000000000000000000.wal"), block.toArray(ValueLayout.JAVA_BYTE));
        return path;
    }

    private static List<Long> fill(WalLog log) {
        var seqs = new ArrayList<Long>();
        for (int i = 0; i < 20; i++) {
            seqs.add(log.append(record(i)));
        }
        return seqs;
    }

    private static byte[] record(int number) {
        return ("golden " + number + " " + "-".repeat(number)).getBytes();
    }

    private Path make(String name) throws IOException {
        var path = fixed(name);
        var options = options();
        if (name.equals("transformed")) {
            options.zstdLevel(1).key(KEY);
        }
        List<Long> seqs;
        try (var log = WalLog.open(path, options)) {
            seqs = fill(log);
        }
        try (var log = WalLog.open(path, options)) { // seals what was not sealed in time
            if (name.equals("compacted")) {
                log.delete(seqs.get(1));
                log.delete(seqs.get(2));
                awaitSealed(path);
                log.compact();
                log.delete(seqs.get(19));
            }
            awaitSealed(path);
        }
        Files.delete(path.resolve("lock"));
        return path;
    }

    /** Until every segment but the last has a footer, and no rewritten one is unfinished. */
    private static void awaitSealed(Path path) throws IOException {
        while (!Thread.interrupted()) {
            var names = names(path);
            var full = names.stream().filter(n -> n.endsWith(".wal")).toList();
            boolean sealed = names.stream().noneMatch(n -> n.endsWith(".new"));
            for (var name : full.subList(0, full.size() - 1)) {
                var bytes = Files.readAllBytes(path.resolve(name));
                sealed &= bytes[bytes.length - 64] == (byte) 0x8A;
            }
            if (sealed) {
                return;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        }
        throw new AssertionError("not sealed in time");
    }

    private static List<String> names(Path path) throws IOException {
        try (var all = Files.list(path)) {
            return all.map(p -> p.getFileName().toString())
                    .filter(n -> !n.equals("lock"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "compacted"})
    void writesTheCommittedBytes(String name) throws IOException {
        var made = make(name);
        var golden = FILES.resolve(name);
        if ("write".equals(System.getProperty("millrace.golden"))) {
            copy(made, golden);
        }
        assertEquals(names(golden), names(made));
        for (var file : names(golden)) {
            assertArrayEquals(
                    Files.readAllBytes(golden.resolve(file)),
                    Files.readAllBytes(made.resolve(file)),
                    file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "compacted", "transformed"})
    void readsTheCommittedBytes(String name) throws IOException {
        if (name.equals("transformed") && "write".equals(System.getProperty("millrace.golden"))) {
            copy(make(name), FILES.resolve(name));
        }
        var path = directory.resolve("read");
        copy(FILES.resolve(name), path);
        var options = options().key(name.equals("transformed") ? KEY : null).readOnly(true);
        var expected = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            if (!name.equals("compacted") || i != 1 && i != 2 && i != 19) {
                expected.add(new String(record(i)));
            }
        }
        try (var log = WalLog.open(path, options)) {
            assertEquals(OpenReport.CLEAN, log.openReport());
            var seen = new ArrayList<String>();
            log.forEach(Range.ALL, (_, slice) -> seen.add(new String(slice.copy())));
            assertEquals(expected, seen);
        }
    }

    @Test
    void aNewerVersionIsRefusedByNameAndNothingIsChanged() throws IOException {
        var path = directory.resolve("newer");
        copy(FILES.resolve("plain"), path);
        var last =
                path.resolve(
                        names(path).stream().filter(n -> n.endsWith(".wal")).toList().getLast());
        var bytes = MemorySegment.ofArray(Files.readAllBytes(last));
        for (int copy = 0; copy < 2; copy++) {
            var half = bytes.asSlice(copy * 2048L, 2048);
            half.set(ValueLayout.JAVA_INT_UNALIGNED, 8, 2);
            half.set(ValueLayout.JAVA_INT_UNALIGNED, 2044, BlockCrc.ofAll(half.asSlice(0, 2044)));
        }
        Files.write(last, bytes.toArray(ValueLayout.JAVA_BYTE));
        var refused = assertThrows(MillraceException.class, () -> WalLog.open(path, options()));
        assertEquals(ErrorCode.ERR_LOG_VERSION, refused.code());
        assertEquals(
                -1,
                MemorySegment.ofArray(Files.readAllBytes(last)).mismatch(bytes),
                "the file was changed");
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (var name : names(from)) {
            Files.write(to.resolve(name), Files.readAllBytes(from.resolve(name)));
        }
    }
}
