package org.millrace.log.engine;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.file.Path;

/**
 * How long the records of a log may be, and what it says to others.
 *
 * @param log its file or directory, for messages
 * @param least 0, or 1 for a format that cannot hold an empty record
 * @param limit what sets the most, in words that its number follows
 */
public record RecordLengths(Path log, long least, long most, String limit) {
    /** What to throw for a record of another length; {@code index} counts within its append. */
    MillraceException refusal(long index, long length) {
        if (length < least) {
            return new MillraceException(
                    ErrorCode.ERR_RECORD_EMPTY,
                    String.format(
                            "%s: record %d of the append is empty, which this format cannot hold;"
                                    + " nothing was appended",
                            log, index));
        }
        return new MillraceException(
                ErrorCode.ERR_RECORD_TOO_LARGE,
                String.format(
                        "%s: record %d of the append has %d bytes, %s %d; nothing was appended",
                        log, index, length, limit, most));
    }
}
