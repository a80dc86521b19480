package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewManifest;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Tells whether a log is still the one that a view was built from: by its first record and by the
 * last one that the view took in.
 *
 * <p><b>Threads.</b> Any.
 */
final class LogIdentity {
    private final Log log;

    LogIdentity(Log log) {
        this.log = log;
    }

    /** First sequence of the log; -1 when it is empty. */
    long firstSeq() {
        try (var cursor = log.cursor(Range.ALL.limit(1));
                var batch = RecordBatch.allocate(64 << 10, 1)) {
            return cursor.next(batch) == 0 ? -1 : batch.seq(0);
        }
    }

    /** Checksum of a record; {@link ViewManifest#DELETED_CRC} when it was deleted. */
    int crc(long seq) {
        if (seq < 0) {
            return ViewManifest.DELETED_CRC;
        }
        try (var arena = Arena.ofConfined()) {
            int length = log.get(seq, MemorySegment.NULL);
            var bytes = arena.allocate(Math.max(length, 1), 8).asSlice(0, length);
            log.get(seq, bytes);
            int crc = BlockCrc.ofAll(bytes);
            return crc == ViewManifest.DELETED_CRC ? 1 : crc;
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return ViewManifest.DELETED_CRC;
            }
            throw e;
        }
    }

    /**
     * Finishes a deletion that was begun: true when the record is deleted now, false when there is
     * none, or another one in its place.
     */
    boolean ensureDeleted(long seq, int crcThen) {
        try {
            int crcNow = crc(seq);
            if (crcNow == crcThen && crcNow != ViewManifest.DELETED_CRC && log.failure() == null) {
                log.delete(seq);
                return true;
            }
            return crcNow == ViewManifest.DELETED_CRC || crcNow == crcThen;
        } catch (MillraceException e) {
            return false;
        }
    }

    boolean matches(ViewManifest manifest) {
        long first = log.droppedBefore();
        return manifest.since() <= log.since()
                && (first == 0 || manifest.since() >= first) // else nothing would tell
                && matches(manifest.since(), manifest.sinceCrc())
                && matches(manifest.firstSeq(), manifest.firstCrc());
    }

    /** A record may have been deleted since, but not have come back. */
    private boolean matches(long seq, int crcThen) {
        try {
            int crcNow = crc(seq);
            return crcNow == crcThen || crcNow == ViewManifest.DELETED_CRC;
        } catch (MillraceException e) {
            return false; // no record begins there, or it cannot be read: then the view cannot tell
        }
    }
}
