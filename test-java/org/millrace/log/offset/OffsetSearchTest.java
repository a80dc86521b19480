package org.millrace.log.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.millrace.fault.Tier;
import org.millrace.format.OffsetCodec;
import org.millrace.format.OffsetFrame;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;

/**
 * The search for a frame behind damage: it passes over zeros, holes too, and finds what a look at
 * every byte finds.
 */
class OffsetSearchTest {
    private static final int ROUNDS = 200;
    private static final int BYTES_MAX = 300_000;

    @TempDir Path dir;

    @Test
    void findsWhatALookAtEveryByteFinds() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            var frame = OffsetFrame.of(OffsetCodec.values()[random.nextInt(4)]);
            int size = 50 + random.nextInt(BYTES_MAX);
            var path = dir.resolve("round-" + round);
            try (var file = new PosixStorage().open(path, Storage.OpenMode.CREATE)) {
                file.truncate(size);
                for (int noise = random.nextInt(4); noise > 0; noise--) {
                    byte[] bytes = new byte[1 + random.nextInt(2000)];
                    random.nextBytes(bytes);
                    put(file, random.nextInt(size), MemorySegment.ofArray(bytes), size);
                }
                for (int frames = random.nextInt(3); frames > 0; frames--) {
                    int at = random.nextInt(size);
                    put(file, at, frame(frame, at, random.nextInt(600)), size);
                }
                try (var scan = new OffsetScan(file, frame)) {
                    int from = random.nextInt(size);
                    assertEquals(
                            everyByte(scan, frame, from, size),
                            scan.search(from, size),
                            "round " + round + " of seed " + seed);
                }
            }
        }
    }

    private static void put(StoredFile file, int at, MemorySegment bytes, int size) {
        file.write(at, bytes.asSlice(0, Math.min(bytes.byteSize(), size - at)));
    }

    private static MemorySegment frame(OffsetFrame frame, int at, int length) {
        var bytes = MemorySegment.ofArray(new byte[(int) frame.frameLength(length)]);
        frame.putHeader(bytes, 0, length);
        frame.putTrailer(bytes, OffsetFrame.HEADER_BYTES + length, length, at + bytes.byteSize());
        return bytes;
    }

    private static long everyByte(OffsetScan scan, OffsetFrame frame, int from, int size) {
        for (int at = from; at + frame.overheadBytes() < size; at++) {
            if (scan.lengthNamedAt(at, size) > 0 && scan.validLengthAt(at, size) >= 0) {
                return at;
            }
        }
        return -1;
    }
}
