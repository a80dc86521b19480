package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Scanner;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/**
 * Reads a message of the log again.
 *
 * <p><b>Threads.</b> Any.
 */
public final class MessageReader {
    private final Log log;
    private final Encoding encoding;
    private final Revealed revealed;

    MessageReader(Log log, Encoding encoding, Revealed revealed) {
        this.log = log;
        this.revealed = revealed;
        this.encoding = encoding;
    }

    /**
     * For several messages, with paths of one's own.
     *
     * @throws MillraceException ERR_LEVEL_UNSUPPORTED when the log is not ours to read
     */
    public Reading reading(Paths paths) {
        if (log == null) {
            throw new MillraceException(
                    ErrorCode.ERR_LEVEL_UNSUPPORTED,
                    "this answer needs messages of the log again, and the log is the host's; open"
                            + " it with Millrace");
        }
        return new Reading(paths);
    }

    /** Reads one message after the other; one thread. */
    public final class Reading {
        private final Scanner scanner = encoding.scanner();
        private final Message message;
        private MemorySegment block = Arena.ofAuto().allocate(16 << 10, 8);

        private Reading(Paths paths) {
            message = new Message(paths);
        }

        /**
         * What {@code look} takes from the message, which is borrowed for the call; null when the
         * record was deleted or is no message.
         */
        public <T> T read(long seq, Function<Message, T> look) {
            try {
                int length = log.get(seq, block);
                if (length > block.byteSize()) {
                    block = Arena.ofAuto().allocate(length + 8L, 8);
                    length = log.get(seq, block);
                }
                var plain = revealed.of(seq);
                boolean isMessage =
                        plain == null
                                ? scanner.scan(block, 0, length, message)
                                : scanner.scan(plain, 0, (int) plain.byteSize(), message);
                return isMessage ? look.apply(message) : null;
            } catch (MillraceException e) {
                if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                    return null;
                }
                throw e;
            }
        }
    }
}
