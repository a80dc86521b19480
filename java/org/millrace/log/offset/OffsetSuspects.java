package org.millrace.log.offset;

import org.millrace.log.maintenance.DamagedRange;

import java.util.ArrayList;
import java.util.List;

/**
 * Records that differ from their checksums, until it is clear whose fault that is. The checksums
 * may be of another log, or the peer, which knows nothing of them, cut the log and wrote it anew
 * from somewhere on: then every record from there on differs. So a record is accused when a later
 * one is as it was; at the end of the log only if that end is where the checksums leave it.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> An object for each of at most a million records.
 */
final class OffsetSuspects {
    /** So many that differ in a row are no damage but another log. */
    private static final int MAX = 1 << 20;

    private final List<DamagedRange> pending = new ArrayList<>();
    private final List<DamagedRange> accused = new ArrayList<>();
    private boolean anySame;
    private boolean foreign;

    void differs(DamagedRange record) {
        foreign |= pending.size() == MAX;
        if (foreign) {
            pending.clear();
        } else {
            pending.add(record);
        }
    }

    void isSame() {
        anySame = true;
        accused.addAll(pending);
        pending.clear();
    }

    /**
     * @param endsThere the log ends with the last record that has a checksum
     * @return the damaged records, in the order of the log
     */
    List<DamagedRange> atEnd(boolean endsThere) {
        if (endsThere && anySame) {
            accused.addAll(pending);
        }
        pending.clear();
        return accused;
    }
}
