package org.millrace.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** A ready batch of records of about 150 bytes, the same in every run. */
final class Records {
    static final int COUNT = 1000;
    private static final int LENGTH_MIN = 140;
    private static final int LENGTH_SPREAD = 21;

    final int[] lengths = new int[COUNT];
    final MemorySegment data;
    final MemorySegment ends;

    Records() {
        var random = new SplittableRandom(1);
        int total = 0;
        ends = Arena.ofAuto().allocate(COUNT * 4L, 8);
        for (int i = 0; i < COUNT; i++) {
            lengths[i] = LENGTH_MIN + random.nextInt(LENGTH_SPREAD);
            total += lengths[i];
            ends.setAtIndex(ValueLayout.JAVA_INT, i, total);
        }
        data = Arena.ofAuto().allocate(total, 8);
        for (int i = 0; i < total; i++) {
            data.set(ValueLayout.JAVA_BYTE, i, (byte) (' ' + random.nextInt(95)));
        }
    }

    /** What a scan over {@code batches} times these records must give. */
    long fold(int batches) {
        long sum = 0;
        for (int batch = 0; batch < batches; batch++) {
            long at = 0;
            for (int length : lengths) {
                sum = Fold.of(sum, data, at, length);
                at += length;
            }
        }
        return sum;
    }
}
