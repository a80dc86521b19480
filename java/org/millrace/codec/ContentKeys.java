package org.millrace.codec;

/**
 * Inside the content of a message: the current key of each open object, and the links that stood
 * before it; so that a link knows its key, and a key that comes twice voids the links of its first.
 */
final class ContentKeys {
    private static final String LINK = "link";
    private static final long LINK_HEAD = Words.head(Words.ascii(LINK), 0, LINK.length());
    private static final int NO_KEY = -1;

    private final KeyLedger ledger = new KeyLedger();
    private Message message;

    void begin(Message next) {
        message = next;
        ledger.begin(next);
    }

    /** Whether links were marked missing. */
    boolean hasRemoved() {
        return ledger.hasRemoved();
    }

    void open(Frame frame) {
        frame.keyLength = NO_KEY;
        frame.links = message.linkCount();
        frame.ledgerStart = ledger.size();
    }

    void close(Frame frame) {
        ledger.truncate(frame.ledgerStart);
    }

    /** The next key of an object. */
    void key(Frame frame, int at, int length, int form) {
        int count = message.linkCount();
        if (count != frame.links) {
            note(frame, count);
        }
        frame.keyAt = at;
        frame.keyLength = length;
        frame.keyForm = form;
        if (ledger.size() > frame.ledgerStart) {
            ledger.removeEqual(frame.ledgerStart, at, length, form);
        }
    }

    /** The value of the current key held links, unless there are fewer than before. */
    private void note(Frame frame, int count) {
        if (count > frame.links) {
            ledger.add(
                    frame.ledgerStart,
                    frame.keyAt,
                    frame.keyLength,
                    frame.keyForm,
                    frame.links,
                    count);
        }
        frame.links = count;
    }

    /** Puts the key into a span that is missing; leaves it so when there is none. */
    void copyTo(Span span, Frame frame) {
        if (frame.keyLength != NO_KEY) {
            span.set(Kind.STRING, frame.keyAt, frame.keyLength, frame.keyForm);
        }
    }

    /** Whether the key is {@code link}. */
    boolean isLink(Frame frame) {
        if (frame.keyForm == Span.PLAIN) {
            return frame.keyLength == LINK.length()
                    && Words.head(message.bytes(), frame.keyAt, LINK.length()) == LINK_HEAD;
        }
        var key = message.keySpan();
        copyTo(key, frame);
        return LINK.equals(key.text());
    }
}
