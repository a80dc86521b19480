package org.millrace.view;

import java.util.concurrent.TimeUnit;

/**
 * How fast a view takes in records, over the last second or two.
 *
 * <p><b>Threads.</b> One writer; {@link #progress} from any.
 */
final class Pace {
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private record Mark(long nanos, long records, long since) {}

    private volatile Mark before;
    private volatile Mark window;
    private volatile long records;

    void begin(long since) {
        records = 0;
        before = new Mark(System.nanoTime(), 0, since);
        window = before;
    }

    void took(int count, long since) {
        records += count;
        long now = System.nanoTime();
        if (now - window.nanos > WINDOW_NANOS) {
            before = window;
            window = new Mark(now, records, since);
        }
    }

    ViewProgress progress(String name, long since, long target) {
        var from = before;
        double seconds = (System.nanoTime() - from.nanos) / 1e9;
        double recordsPerSecond = (records - from.records) / seconds;
        double sequencesPerSecond = (since - from.since) / seconds;
        double left =
                since >= target
                        ? 0
                        : sequencesPerSecond > 0 ? (target - since) / sequencesPerSecond : -1;
        return new ViewProgress(name, since, target, records, recordsPerSecond, left);
    }
}
