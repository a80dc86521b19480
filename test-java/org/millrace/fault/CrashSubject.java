package org.millrace.fault;

import org.millrace.storage.Storage;

import java.util.Arrays;
import java.util.List;

/** A log under {@link CrashCheck}: how it is used before the crash, and how it is read after. */
public interface CrashSubject {
    /**
     * Opens the log, appends and acknowledges, each told to {@code history}; ends when it likes,
     * with or without closing.
     */
    void run(Storage storage, History history);

    /** Opens the log after a crash, which recovers it, reads every record, and closes it. */
    List<byte[]> recover(Storage storage);

    /**
     * True when a recovered record is what was appended. Override where the format cannot tell a
     * torn payload ({@code acknowledged} false), or where the workload deletes.
     */
    default boolean same(int index, byte[] appended, byte[] recovered, boolean acknowledged) {
        return Arrays.equals(appended, recovered);
    }

    /** True when a batch must come back whole or not at all. */
    default boolean batchesAreAtomic() {
        return false;
    }
}
