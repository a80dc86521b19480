package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Field;
import org.millrace.codec.Kind;
import org.millrace.codec.Message;
import org.millrace.codec.Scanner;
import org.millrace.format.BlockCrc;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Records whose content is decrypted after views took them in: checks them, keeps them in the side
 * log, brings them to the views again.
 *
 * <p><b>Threads.</b> One at a time: who holds the feed.
 */
final class LateRecords {
    private static final List<Field> ENVELOPE = List.of(Field.KEY, Field.AUTHOR, Field.SEQUENCE);

    private final Log log;
    private final Encoding encoding;
    private final Revealed revealed;
    private final LogIdentity identity;

    /** Whether its user wants plaintext on disk. */
    private final boolean isWanted;

    private final Scanner scanner;
    private final Message before = new Message();
    private final Message after = new Message();
    private MemorySegment block = Arena.ofAuto().allocate(16 << 10, 8);

    LateRecords(Log log, Encoding encoding, Revealed revealed, boolean isWanted) {
        this.log = log;
        this.encoding = encoding;
        this.revealed = revealed;
        this.isWanted = isWanted;
        identity = new LogIdentity(log);
        scanner = encoding.scanner();
    }

    /**
     * Keeps a decrypted record.
     *
     * @return false when it is there already
     */
    boolean add(long seq, MemorySegment plain) {
        if (!isWanted) {
            throw bad(seq, "the log was opened without keepRevealed, which puts plaintext on disk");
        }
        int length = read(seq);
        var known = revealed.of(seq);
        if (known != null && known.mismatch(plain) == -1) {
            return false;
        }
        if (known != null) {
            throw bad(seq, "it was revealed before, with other bytes");
        }
        if (!scanner.scan(block, 0, length, before)
                || !scanner.scan(plain, 0, (int) plain.byteSize(), after)) {
            throw bad(seq, "it is no message in " + encoding);
        }
        if (!isSameEnvelope()) {
            throw bad(seq, "key, author or sequence are others than in the log");
        }
        if (before.span(Field.CONTENT).kind() == Kind.OBJECT) {
            throw bad(seq, "its content in the log is not encrypted");
        }
        revealed.add(seq, identity.crc(seq), plain);
        return true;
    }

    /**
     * Brings to a view what it lacks; it stands still meanwhile.
     *
     * @return false when it must be built anew instead
     */
    boolean bringTo(ViewWriter view) {
        int count = revealed.count();
        for (int entry = view.revealed(); entry < count; entry++) {
            long seq = revealed.seqAt(entry);
            if (seq < 0 || seq > view.since()) {
                continue; // gone; or it will come decrypted
            }
            if (!view.isRepeatable()) {
                return false;
            }
            if (isThere(seq)) {
                view.appendAgain(seq, before, after);
            }
        }
        view.tookRevealed(count);
        return true;
    }

    /** The log's records have moved: looks for those that were decrypted. */
    void findAgain() {
        var lost = revealed.lost();
        if (lost.isEmpty()) {
            return;
        }
        log.forEach(
                Range.ALL,
                (seq, slice) -> {
                    var bytes = slice.segment();
                    for (int entry : lost.getOrDefault(BlockCrc.ofAll(bytes), List.of())) {
                        var plain = revealed.bytes(entry);
                        if (revealed.seqAt(entry) < 0
                                && !revealed.contains(seq)
                                && scanner.scan(bytes, 0, (int) bytes.byteSize(), before)
                                && scanner.scan(plain, 0, (int) plain.byteSize(), after)
                                && isSameEnvelope()) {
                            revealed.found(entry, seq);
                        }
                    }
                });
    }

    private boolean isThere(long seq) {
        try {
            var plain = revealed.of(seq);
            return scanner.scan(block, 0, read(seq), before)
                    && scanner.scan(plain, 0, (int) plain.byteSize(), after);
        } catch (MillraceException e) {
            if (e.code() == ErrorCode.ERR_RECORD_DELETED) {
                return false;
            }
            throw e;
        }
    }

    /** Length of the log's record, which is in {@link #block} then. */
    private int read(long seq) {
        int length = log.get(seq, block);
        if (length > block.byteSize()) {
            block = Arena.ofAuto().allocate(length + 8L, 8);
            length = log.get(seq, block);
        }
        return length;
    }

    private boolean isSameEnvelope() {
        for (var field : ENVELOPE) {
            var was = before.span(field);
            var is = after.span(field);
            boolean isSame =
                    was.kind() == is.kind()
                            && (was.isString()
                                    ? was.text().equals(is.text())
                                    : was.kind() != Kind.NUMBER || was.number() == is.number());
            if (!isSame) {
                return false;
            }
        }
        return true;
    }

    private static MillraceException bad(long seq, String why) {
        return new MillraceException(
                ErrorCode.ERR_ARGUMENT, "reveal of " + seq + ": " + why + ". Nothing was kept.");
    }
}
