package org.millrace.bench;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.codec.Scanner;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * How long does it take to find the fields and links of a message?
 *
 * <p>Varies: the path (canonical, general, and bipf and CBOR of the same messages). Fixed: one
 * thread, one reused Message, messages copied in blocks of 256 KiB as a cursor does (the copy is
 * not timed). Baseline: reading every word of the same bytes. Does not answer: what reading the log
 * costs, or what a view does with the answer.
 *
 * <p>{@code java -cp target/classes:target/test-classes org.millrace.bench.ScanBench LOG [ROUNDS]}
 * where LOG is a flumelog-offset file, 32-bit. Rounds are interleaved; the best and the median of
 * each row are printed, with a checksum of what was found.
 */
public final class ScanBench {
    private static final ValueLayout.OfInt LENGTH =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int BLOCK_BYTES = 256 * 1024;

    private final MemorySegment log;
    private final MemorySegment block;
    private long nanos;
    private final int[] offsets;
    private final int[] lengths;
    private final Message message = new Message();

    private ScanBench(Arena arena, MemorySegment log, int[] offsets, int[] lengths) {
        this.log = log;
        block = arena.allocate(BLOCK_BYTES);
        this.offsets = offsets;
        this.lengths = lengths;
    }

    public static void main(String[] args) throws IOException {
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 15;
        try (var arena = Arena.ofConfined()) {
            var json = read(Path.of(args[0]), arena);
            run(json, rounds);
        }
    }

    private static void run(ScanBench json, int rounds) {
        String[] names = {"words", "canonical", "general"};
        double[][] nanos = new double[names.length][rounds];
        long[] found = new long[names.length];
        Scanner[] scanners = {null, Encoding.JSON.scanner(), Encoding.generalJsonScanner()};
        for (int round = 0; round < rounds; round++) {
            for (int row = 0; row < names.length; row++) {
                found[row] = json.scan(scanners[row]);
                nanos[row][round] = json.nanos / (double) json.offsets.length;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d messages, %.0f bytes each%n",
                json.offsets.length,
                Arrays.stream(json.lengths).average().orElse(0));
        for (int row = 0; row < names.length; row++) {
            Arrays.sort(nanos[row]);
            System.out.printf(
                    Locale.ROOT,
                    "%-10s best %6.1f ns, median %6.1f ns per message, found %016x%n",
                    names[row],
                    nanos[row][0],
                    nanos[row][rounds / 2],
                    found[row]);
        }
    }

    /** Copies block by block and scans each copy; returns what was found, adds up the time. */
    private long scan(Scanner scanner) {
        long sum = 0;
        nanos = 0;
        for (int first = 0; first < offsets.length; ) {
            int last = copy(first);
            long start = System.nanoTime();
            for (int i = first; i < last; i++) {
                sum +=
                        scanner == null
                                ? words(i, offsets[first])
                                : scan(scanner, i, offsets[first]);
            }
            nanos += System.nanoTime() - start;
            first = last;
        }
        return sum;
    }

    private long scan(Scanner scanner, int i, int base) {
        if (!scanner.scan(block, offsets[i] - base, lengths[i], message)) {
            throw new IllegalStateException("record " + i + " is no message");
        }
        return message.key().length()
                + message.sequence() * 31
                + message.linkCount() * 7919L
                + (long) message.receivedTimestamp()
                + message.type().length();
    }

    private long words(int i, int base) {
        long sum = 0;
        long end = offsets[i] - base + (long) lengths[i] - 8;
        for (long p = offsets[i] - base; p <= end; p += 8) {
            sum ^= block.get(ValueLayout.JAVA_LONG_UNALIGNED, p);
        }
        return sum;
    }

    /** Fills the block with records from {@code first} on; returns the first that is not in it. */
    private int copy(int first) {
        int last = first;
        while (last < offsets.length && end(last) - offsets[first] <= block.byteSize()) {
            last++;
        }
        long bytes = end(last - 1) - offsets[first];
        MemorySegment.copy(log, offsets[first], block, 0, bytes);
        return last;
    }

    private long end(int record) {
        return offsets[record] + (long) lengths[record];
    }

    private static ScanBench read(Path path, Arena arena) throws IOException {
        try (var channel = FileChannel.open(path)) {
            MemorySegment log = arena.allocate(channel.size());
            log.copyFrom(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
            int[] offsets = new int[1 << 16];
            int[] lengths = new int[1 << 16];
            int count = 0;
            for (long p = 0; p < log.byteSize(); count++) {
                if (count == offsets.length) {
                    offsets = Arrays.copyOf(offsets, count * 2);
                    lengths = Arrays.copyOf(lengths, count * 2);
                }
                offsets[count] = (int) p + 4;
                lengths[count] = log.get(LENGTH, p);
                p += lengths[count] + 12L;
            }
            return new ScanBench(
                    arena, log, Arrays.copyOf(offsets, count), Arrays.copyOf(lengths, count));
        }
    }
}
