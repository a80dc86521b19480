package org.millrace.log.wal;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.StoredFile;

/**
 * The zeros that are written ahead of the tail, in steps, so that an fdatasync has no file length
 * to store.
 *
 * <p><b>Threads.</b> Under the tail's lock.
 */
final class WalRoom {
    private final long stepBytes;
    private long end;

    /**
     * @param stepBytes 0 = takes no room ahead
     */
    WalRoom(long stepBytes) {
        this.stepBytes = stepBytes;
    }

    /** The file ends there: in another segment, or because it was cut. */
    void beginAt(long fileEnd) {
        end = fileEnd;
    }

    /**
     * Makes sure that the file has room up to an offset.
     *
     * @throws MillraceException ERR_NO_SPACE: not even up to there
     */
    void reserve(StoredFile file, long upTo) {
        if (stepBytes > 0 && upTo > end) {
            take(file, upTo - end, Math.max(stepBytes, upTo - end));
        }
    }

    private void take(StoredFile file, long needed, long wanted) {
        try {
            file.allocate(end, wanted);
            end += wanted;
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.ERR_NO_SPACE || wanted == needed) {
                throw e;
            }
            take(file, needed, needed); // the step is too much, what is asked for may do
        }
    }
}
