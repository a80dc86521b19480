package org.millrace.fault;

import org.millrace.log.Log;

import java.util.HashSet;
import java.util.Set;

/** What must be in a log of numbered records that also deletes and compacts, after any failure. */
final class DeletionOracle {
    private final Set<Long> appended = new HashSet<>();
    private final Set<Long> asked = new HashSet<>();
    private final Set<Long> gone = new HashSet<>();

    /** The append of a record was acknowledged. */
    void appended(long number) {
        appended.add(number);
    }

    /** From here on the record may be deleted. */
    void askedToDelete(long number) {
        asked.add(number);
    }

    /** Its deletion was acknowledged. */
    void deleted(long number) {
        gone.add(number);
    }

    /** Throws an AssertionError that names the first record that breaks a promise. */
    void check(Log log) {
        var there = new HashSet<Long>();
        long[] last = {-1};
        NumberedRecords.read(
                log,
                (seq, number) -> {
                    if (number == NumberedRecords.HALF_DELETED && !asked.isEmpty()) {
                        return;
                    }
                    if (number <= last[0]) {
                        throw new AssertionError(
                                "at " + seq + " " + number + " stands behind " + last[0]);
                    }
                    last[0] = number;
                    there.add(number);
                });
        for (long number : appended) {
            if (!there.contains(number) && !asked.contains(number)) {
                throw new AssertionError("record " + number + " is lost");
            }
        }
        for (long number : gone) {
            if (there.contains(number)) {
                throw new AssertionError("record " + number + " came back from deletion");
            }
        }
    }
}
