package org.millrace.codec;

/**
 * What a walk over one record finds, whatever its encoding: the scanners report keys and values in
 * order, this fills the {@link Message}.
 *
 * <p>It holds the rules that all encodings share: where the paths lead, which strings are links,
 * that of equal keys in an object the last wins (with all that stood under the first), and how deep
 * to look. No recursion: one frame per open object or array, {@link Scanner#DEPTH_MAX} of them.
 */
final class Walk {
    private static final int FRAMES = Scanner.DEPTH_MAX + 1;

    /** Longer than any reference, and than any channel of 29 characters of 3 bytes. */
    private static final int LINK_HEAD_BYTES = 128;

    private static final long CONTENT = Words.head(Words.ascii("content"), 0, 7);
    private static final long VALUE = Words.head(Words.ascii("value"), 0, 5);

    private final Paths.Node[] nodes = new Paths.Node[FRAMES];
    private final boolean[] arrays = new boolean[FRAMES];
    private final int[] indexes = new int[FRAMES];

    private final ContentKeys keys = new ContentKeys(FRAMES);
    private final Scratch text = new Scratch();
    private final Scratch keyText = new Scratch(true);

    private Message message;
    private byte[] block;
    private Paths.Node content;
    private boolean wantsLinks;
    private Paths.Node channel;
    private int depth;

    /** Depth of the content's own frame; 0 outside of the content. */
    private int contentDepth;

    /** Where the next value stands; null when no path leads there. */
    private Paths.Node pending;

    /** Where the outermost of the values that are too deep stands. */
    private Paths.Node tooDeep;

    /** The known key of the content that we are under; null when it is not a known one. */
    private Paths.Node contentKey;

    void begin(Message message) {
        this.message = message;
        message.begin();
        block = message.bytes();
        keys.begin(message);
        content = message.paths().node(Field.CONTENT);
        wantsLinks = message.wantsLinks();
        channel = message.paths().node(Field.CHANNEL);
        depth = 0;
        contentDepth = 0;
        pending = message.paths().node(Field.RECORD);
    }

    /** The record was well-formed. */
    void finish() {
        if (keys.hasRemoved()) {
            message.dropRemovedLinks();
        }
    }

    /** Goes straight to the content of a message whose outer keys another class has read. */
    void enterContent() {
        depth = 2;
        nodes[1] = message.paths().node(Field.RECORD);
        nodes[2] = message.paths().node(Field.VALUE);
        arrays[1] = false;
        arrays[2] = false;
        pending = content;
    }

    /** Whether the value of a number at this place matters. */
    boolean wantsNumber() {
        return pending != null;
    }

    void key(int at, int length, int form) {
        if (depth > Scanner.DEPTH_MAX || nodes[depth] == null && contentDepth == 0) {
            return;
        }
        Paths.Node node = nodes[depth];
        if (node != null) {
            if (needsDecoding(at, length, form)) {
                keyText.clear();
                Texts.decode(block, at, length, form, keyText);
                pending = node.find(keyText.bytes(), 0, keyText.length());
            } else {
                pending = node.find(block, at, length);
            }
            if (pending != null && message.span(pending.slot).isPresent()) {
                forget(pending);
            }
        }
        if (contentDepth > 0) {
            keys.key(depth, at, length, form);
            if (depth == contentDepth) {
                contentKey = pending;
            }
            if (isDoubtful(at, length, form)) {
                message.doubtLinks();
            }
        }
    }

    /**
     * Whether ssb-msgs, which goes by what keys there are, may see another content below the key,
     * or an array in the object.
     */
    private boolean isDoubtful(int at, int length, int form) {
        if (form != Span.PLAIN) {
            return form != Span.NOT_ASCII && depth <= contentDepth + 1;
        }
        if (depth == contentDepth) {
            return length == 7 && Words.head(block, at, 7) == CONTENT
                    || length == 5 && Words.head(block, at, 5) == VALUE;
        }
        return depth == contentDepth + 1 && length == 1 && block[at] == '0';
    }

    void string(int at, int length, int form) {
        if (depth > Scanner.DEPTH_MAX) {
            return;
        }
        if (pending != null) {
            message.span(pending.slot).set(Kind.STRING, at, length, form);
        }
        if (contentDepth > 0 || wantsLinks && pending == content) {
            link(at, length, form);
        }
        afterValue();
    }

    void number(int at, int length, double number) {
        if (pending != null) {
            message.span(pending.slot).setNumber(at, length, number);
        }
        afterValue();
    }

    /** A value without parts: null, true, false, undefined (MISSING) or BYTES. */
    void simple(Kind kind, int at, int length) {
        if (pending != null) {
            message.span(pending.slot).set(kind, at, length, Span.PLAIN);
        }
        afterValue();
    }

    /** An object or array that is too deep to be looked into. */
    void skip(Kind kind, int at, int end) {
        simple(kind, at, end - at);
    }

    /** An object or array begins at {@code at}. */
    void open(Kind kind, int at) {
        if (pending != null) {
            message.span(pending.slot).set(kind, at, 0, Span.PLAIN);
        }
        depth++;
        if (depth > Scanner.DEPTH_MAX) {
            tooDeep = depth == FRAMES ? pending : tooDeep;
            pending = null;
            return;
        }
        boolean isArray = kind == Kind.ARRAY;
        nodes[depth] = pending;
        arrays[depth] = isArray;
        indexes[depth] = 0;
        if (wantsLinks && contentDepth == 0 && pending == content) {
            contentDepth = depth;
            contentKey = null;
        }
        if (contentDepth > 0) {
            keys.open(depth);
        }
        pending = isArray && pending != null ? pending.find(0) : null;
    }

    /** The innermost object or array ends before {@code end}. */
    void close(int end) {
        if (depth > Scanner.DEPTH_MAX) {
            if (depth-- == FRAMES) {
                endOf(tooDeep, end);
                afterValue();
            }
            return;
        }
        if (contentDepth > 0) {
            keys.close(depth);
            if (depth == contentDepth) {
                contentDepth = 0;
            }
        }
        endOf(nodes[depth], end);
        depth--;
        afterValue();
    }

    private void endOf(Paths.Node node, int end) {
        if (node != null) {
            message.span(node.slot).endAt(end);
        }
    }

    private void afterValue() {
        if (depth > 0 && depth <= Scanner.DEPTH_MAX && arrays[depth]) {
            int index = ++indexes[depth];
            pending = nodes[depth] == null ? null : nodes[depth].find(index);
        } else {
            pending = null;
        }
    }

    /** A key came twice: what stood under it is void. */
    private void forget(Paths.Node node) {
        message.span(node.slot).remove();
        if (node == content || node == content.parent) {
            message.removeLinks();
        }
        for (Paths.Node child : node.children()) {
            forget(child);
        }
    }

    private void link(int at, int length, int form) {
        boolean isChannelName = contentDepth > 0 && contentKey == channel;
        if (length < 2 && !isChannelName || length == 0) {
            return;
        }
        RefKind ref;
        boolean query = false;
        if (isChannelName) {
            ref = RefKind.CHANNEL_NAME;
        } else {
            int first = block[at];
            if (!Refs.isSigil(first) && !mayDecodeToSigil(first, form)) {
                return;
            }
            byte[] in = block;
            int inAt = at;
            int inLength = length;
            if (needsDecoding(at, length, form)) {
                text.clear();
                Texts.decodeHead(block, at, length, form, LINK_HEAD_BYTES, text);
                in = text.bytes();
                inAt = 0;
                inLength = text.length();
            }
            ref = Refs.kind(in, inAt, inLength);
            query = ref != null && Refs.hasQuery(in, inAt, inLength);
            if (ref == null && Channels.isChannel(in, inAt, inLength)) {
                ref = RefKind.CHANNEL;
            } else if (ref == null && Refs.isLike(in, inAt, inLength)) {
                message.doubtLinks();
            }
        }
        if (ref != null) {
            addLink(at, length, form, ref, query);
        }
    }

    private void addLink(int at, int length, int form, RefKind ref, boolean query) {
        var link = message.addLink();
        if (link == null) {
            return;
        }
        link.set(Kind.STRING, at, length, form);
        Relation relation =
                contentDepth == 0 || contentKey == null ? Relation.OTHER : contentKey.relation;
        link.describe(ref, relation, isDirect(), depth - contentDepth, query);
        if (contentDepth > 0) {
            keys.copyTo(link.relationKey(), contentDepth);
        }
    }

    /** content.key, content.key[i], content.key.link or content.key[i].link. */
    private boolean isDirect() {
        if (contentDepth == 0 || arrays[contentDepth]) {
            return false;
        }
        int holder = depth - contentDepth;
        if (holder == 0) {
            return true;
        }
        boolean inArray = arrays[contentDepth + 1];
        if (holder == 1) {
            return inArray || keys.isLink(depth);
        }
        return holder == 2 && inArray && !arrays[depth] && keys.isLink(depth);
    }

    private static boolean mayDecodeToSigil(int first, int form) {
        return (form & Span.CBOR_CHUNKS) != 0 || (form & Span.JSON_ESCAPES) != 0 && first == '\\';
    }

    private boolean needsDecoding(int at, int length, int form) {
        return form != Span.PLAIN && (form != Span.NOT_ASCII || !Utf8.isValid(block, at, length));
    }
}
