package org.millrace.fault;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What the user of a log asked for and was told: the oracle of {@link CrashCheck}.
 *
 * <p><b>Threads.</b> Any, but the order of {@link #append} calls must be the log's order.
 */
public final class History {
    private final RecordingStorage recording;
    private final List<byte[]> records = new ArrayList<>();
    private final BitSet batchEnds = new BitSet();

    History(RecordingStorage recording) {
        this.recording = recording;
        batchEnds.set(0);
    }

    /** Call before a batch is given to the log. */
    public synchronized void append(byte[]... batch) {
        for (var record : batch) {
            records.add(record.clone());
        }
        batchEnds.set(records.size());
    }

    /** Call when the log has acknowledged everything told to {@link #append} so far. */
    public synchronized void acknowledgeAll() {
        acknowledge(records.size());
    }

    /** Call when the log has acknowledged the first {@code count} records. */
    public synchronized void acknowledge(int count) {
        recording.acknowledge(count);
    }

    synchronized int size() {
        return records.size();
    }

    synchronized byte[] record(int index) {
        return records.get(index);
    }

    /** True when a batch ends after the first {@code count} records. */
    synchronized boolean isBatchEnd(int count) {
        return batchEnds.get(count);
    }
}
