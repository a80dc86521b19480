package org.millrace.codec;

/** A string in a message's content that refers to something. Reused from record to record. */
public final class Link extends Span {
    private final Span relationKey;
    private RefKind ref;
    private Relation relation;
    private boolean direct;
    private boolean query;
    private int depth;

    Link(Message message) {
        super(message);
        relationKey = new Span(message);
    }

    /** What the link refers to. */
    public RefKind ref() {
        return ref;
    }

    /** Under which key of the content the link stands. */
    public Relation relation() {
        return relation;
    }

    /** The key of the content that the link stands under; missing when there is none. */
    public Span relationKey() {
        return relationKey;
    }

    /**
     * Whether ssb-db's {@code links} and ssb-links see it: the content's key holds the string, or
     * an object whose {@code link} it is, or an array of those. ssb-backlinks sees every link.
     */
    public boolean direct() {
        return direct;
    }

    /**
     * Whether a query follows the reference, as {@code ?unbox=…}: ssb-backlinks does not see it.
     */
    public boolean hasQuery() {
        return query;
    }

    /** How many objects and arrays stand between the content's key and the string. */
    public int depth() {
        return depth;
    }

    void describe(RefKind ref, Relation relation, boolean direct, int depth, boolean query) {
        this.ref = ref;
        this.relation = relation;
        this.direct = direct;
        this.depth = depth;
        this.query = query;
        relationKey.remove();
    }
}
