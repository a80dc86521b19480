package org.millrace.codec;

/**
 * Inside the content of a message: the current key of each open object, and the links that stood
 * before it; so that a link knows its key, and a key that comes twice voids the links of its first.
 *
 * <p>By depth, as {@link Walk} counts it.
 */
final class ContentKeys {
    private static final String LINK = "link";
    private static final long LINK_HEAD = Words.head(Words.ascii(LINK), 0, LINK.length());
    private static final int NO_KEY = -1;

    private final int[] offsets;
    private final int[] lengths;
    private final int[] forms;
    private final int[] links;
    private final int[] ledgerStarts;
    private final KeyLedger ledger = new KeyLedger();
    private Message message;

    ContentKeys(int frames) {
        offsets = new int[frames];
        lengths = new int[frames];
        forms = new int[frames];
        links = new int[frames];
        ledgerStarts = new int[frames];
    }

    void begin(Message next) {
        message = next;
        ledger.begin(next);
    }

    /** Whether links were marked missing. */
    boolean hasRemoved() {
        return ledger.hasRemoved();
    }

    void open(int depth) {
        lengths[depth] = NO_KEY;
        links[depth] = message.linkCount();
        ledgerStarts[depth] = ledger.size();
    }

    void close(int depth) {
        ledger.truncate(ledgerStarts[depth]);
    }

    /** The next key of the object at {@code depth}. */
    void key(int depth, int at, int length, int form) {
        int start = ledgerStarts[depth];
        int count = message.linkCount();
        if (count > links[depth]) {
            ledger.add(start, offsets[depth], lengths[depth], forms[depth], links[depth], count);
        }
        offsets[depth] = at;
        lengths[depth] = length;
        forms[depth] = form;
        links[depth] = count;
        if (ledger.size() > start) {
            ledger.removeEqual(start, at, length, form);
        }
    }

    /** Puts the key into a span that is missing; leaves it so when there is none. */
    void copyTo(Span span, int depth) {
        if (lengths[depth] != NO_KEY) {
            span.set(Kind.STRING, offsets[depth], lengths[depth], forms[depth]);
        }
    }

    /** Whether the key is {@code link}. */
    boolean isLink(int depth) {
        if (forms[depth] == Span.PLAIN) {
            return lengths[depth] == LINK.length()
                    && Words.head(message.bytes(), offsets[depth], LINK.length()) == LINK_HEAD;
        }
        var key = message.keySpan();
        copyTo(key, depth);
        return LINK.equals(key.text());
    }
}
