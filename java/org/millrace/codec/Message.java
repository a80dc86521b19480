package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The fields and links of the record that was scanned last; {@link Scanner#scan} fills it.
 *
 * <p>Every {@link Span} and {@link Link} it hands out is its own and is reused: the same object
 * shows the next record after the next scan.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Owns a copy of the record on the heap, where the JIT reads words without asking
 * each time whether the memory is still there. What a very long record took is given back.
 *
 * <p><b>Limits.</b> Records of {@link Scanner#RECORD_BYTES_MAX}; {@link #LINKS_MAX} links; {@link
 * #linksCut} says that there were more.
 */
public final class Message {
    /** So many links of a message are seen; one of SSB's 8 KiB holds 150. */
    public static final int LINKS_MAX = 65_536;

    private static final int LINKS_KEPT = 1024;
    private static final int BYTES_MIN = 16 << 10;
    private static final int BYTES_KEPT = 1 << 20;

    private final Paths paths;
    private final boolean wantsLinks;
    private final Span[] slots;
    private final Scratch scratch = new Scratch();
    private Link[] links = new Link[16];
    private int linkCount;
    private boolean linksCut;
    private boolean linksInDoubt;
    private byte[] bytes = new byte[BYTES_MIN];
    private MemorySegment block = MemorySegment.ofArray(bytes);
    private long scan = 1;
    private final Span keySpan = new Span(this);

    /** A message that finds the {@link Field}s only. */
    public Message() {
        this(new Paths());
    }

    /** A message that finds these paths as well. */
    public Message(Paths paths) {
        this(paths, true);
    }

    private Message(Paths paths, boolean wantsLinks) {
        this.paths = paths;
        this.wantsLinks = wantsLinks;
        slots = new Span[paths.slots()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Span(this);
        }
    }

    /** A message of fields and paths only: half of a scan is the search for links. */
    public static Message withoutLinks(Paths paths) {
        return new Message(paths, false);
    }

    boolean wantsLinks() {
        return wantsLinks;
    }

    /** The value at a slot that {@link Paths#add} gave. */
    public Span span(int slot) {
        return slots[slot];
    }

    public Span span(Field field) {
        return slots[field.ordinal()];
    }

    public Span key() {
        return span(Field.KEY);
    }

    public Span author() {
        return span(Field.AUTHOR);
    }

    /** The author's message number; -1 when it is no integer of 0 .. 2^53 - 1. */
    public long sequence() {
        return span(Field.SEQUENCE).integer();
    }

    /** When the author says it was written, in ms; NaN when missing or not a number. */
    public double claimedTimestamp() {
        return span(Field.CLAIMED).number();
    }

    /** When this peer received it, in ms; NaN when missing or not a number. */
    public double receivedTimestamp() {
        return span(Field.RECEIVED).number();
    }

    public Span type() {
        return span(Field.TYPE);
    }

    public Span root() {
        return span(Field.ROOT);
    }

    public Span fork() {
        return span(Field.FORK);
    }

    public Span voteLink() {
        return span(Field.VOTE_LINK);
    }

    /** NaN when there is none. */
    public double voteValue() {
        return span(Field.VOTE_VALUE).number();
    }

    /** Whether the content is encrypted: a string that ends in .box or .box2. */
    public boolean isPrivate() {
        return Box.isBox(span(Field.CONTENT), scratch);
    }

    /** How many links the content has; branches and mentions are among them, by relation. */
    public int linkCount() {
        return linkCount;
    }

    public Link link(int index) {
        if (index >= linkCount) {
            throw new IndexOutOfBoundsException("link " + index + " of " + linkCount);
        }
        return links[index];
    }

    /** Whether the content had more than {@link #LINKS_MAX} links; those behind are not seen. */
    public boolean linksCut() {
        return linksCut;
    }

    /**
     * Whether ssb-msgs may see links there that are not among these, or fewer: a string that is a
     * reference but for its suffix or its last bits, an object under the content that looks like an
     * array ({@code {"0": …}}), or a content that looks like a message ({@code {"content": …}}).
     */
    public boolean linksInDoubt() {
        return linksInDoubt || linksCut;
    }

    /** The record at 0, a quote behind it, and so many bytes that any word of it can be read. */
    byte[] bytes() {
        return bytes;
    }

    MemorySegment block() {
        return block;
    }

    /** Number of the scan; a span of another scan is missing. */
    long scan() {
        return scan;
    }

    /** For the walk: a span to look at a key through. */
    Span keySpan() {
        return keySpan;
    }

    Scratch scratch() {
        return scratch;
    }

    Paths paths() {
        return paths;
    }

    /** Copies the next record; false when it is too long to be a message. */
    boolean take(MemorySegment from, long offset, int length) {
        begin();
        if (length > Scanner.RECORD_BYTES_MAX) {
            return false;
        }
        int needed = length + Words.SPARE;
        if (needed > bytes.length || bytes.length > BYTES_KEPT && needed <= BYTES_KEPT) {
            bytes = new byte[needed > BYTES_KEPT ? needed : roomy(needed)];
            block = MemorySegment.ofArray(bytes);
        }
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        // A search for the end of a string need not ask where the record ends.
        bytes[length] = '"';
        return true;
    }

    private static int roomy(int needed) {
        return Math.max(BYTES_MIN, Integer.highestOneBit(needed - 1) << 1);
    }

    /** Forgets everything that was found. */
    void begin() {
        scan++;
        linkCount = 0;
        linksCut = false;
        linksInDoubt = false;
        if (links.length > LINKS_KEPT) {
            links = new Link[16];
        }
    }

    /** The next link, to be filled; null when there are too many. */
    Link addLink() {
        if (linkCount == LINKS_MAX) {
            linksCut = true;
            return null;
        }
        if (linkCount == links.length) {
            links = Arrays.copyOf(links, linkCount * 2);
        }
        var link = links[linkCount];
        if (link == null) {
            link = new Link(this);
            links[linkCount] = link;
        }
        linkCount++;
        return link;
    }

    void doubtLinks() {
        linksInDoubt = true;
    }

    void removeLinks() {
        linkCount = 0;
        linksCut = false;
    }

    /** Drops the links that were marked missing; keeps the order of the rest. */
    void dropRemovedLinks() {
        int kept = 0;
        for (int i = 0; i < linkCount; i++) {
            var link = links[i];
            if (link.isPresent()) {
                links[i] = links[kept];
                links[kept++] = link;
            }
        }
        linkCount = kept;
    }

    Link linkUnchecked(int index) {
        return links[index];
    }
}
