package org.millrace.codec;

/**
 * What a walk over one record finds, whatever its encoding: the scanners report keys and values in
 * order, this fills the {@link Message}.
 *
 * <p>It holds the rules that all encodings share: where the paths lead, which strings are links,
 * that of equal keys in an object the last wins (with all that stood under the first), and how deep
 * to look. No recursion: one {@link Frame} per open object or array, {@link Scanner#DEPTH_MAX} of
 * them.
 */
final class Walk {
    /** Longer than any reference, and than any channel of 29 characters of 3 bytes. */
    private static final int LINK_HEAD_BYTES = 128;

    private static final long CONTENT = Words.head(Words.ascii("content"), 0, 7);
    private static final long VALUE = Words.head(Words.ascii("value"), 0, 5);

    private final Frame outermost = Frame.outermost();
    private final ContentKeys keys = new ContentKeys();
    private final Scratch text = new Scratch();
    private final Scratch keyText = new Scratch(true);

    private Message message;
    private byte[] block;
    private Paths.Node content;
    private boolean wantsLinks;
    private Paths.Node channel;

    /** The innermost object or array. */
    private Frame top = outermost;

    /** So many more are open inside of it, too deep to be looked into. */
    private int beyond;

    /** The content's own frame; null outside of the content. */
    private Frame inContent;

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
        top = outermost;
        beyond = 0;
        inContent = null;
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
        var record = outermost.open(message.paths().node(Field.RECORD), false);
        top = record.open(message.paths().node(Field.VALUE), false);
        pending = content;
    }

    /** Whether the value of a number at this place matters. */
    boolean wantsNumber() {
        return pending != null;
    }

    void key(int at, int length, int form) {
        if (beyond > 0) {
            return;
        }
        var node = top.node;
        if (node != null) {
            pending = find(node, at, length, form);
            if (pending != null && message.span(pending.slot).isPresent()) {
                forget(pending);
            }
        }
        if (inContent != null) {
            keys.key(top, at, length, form);
            if (top == inContent) {
                contentKey = pending;
            }
            if (isDoubtful(at, length, form)) {
                message.doubtLinks();
            }
        }
    }

    private Paths.Node find(Paths.Node node, int at, int length, int form) {
        if (!needsDecoding(at, length, form)) {
            return node.find(block, at, length);
        }
        keyText.clear();
        Texts.decode(block, at, length, form, keyText);
        return node.find(keyText.bytes(), 0, keyText.length());
    }

    /**
     * Whether ssb-msgs, which goes by what keys there are, may see another content below the key,
     * or an array in the object.
     */
    private boolean isDoubtful(int at, int length, int form) {
        boolean isOuter = top == inContent;
        if (!isOuter && top.outer != inContent) {
            return false;
        }
        if (form != Span.PLAIN) {
            return form != Span.NOT_ASCII;
        }
        if (isOuter) {
            return length == 7 && Words.head(block, at, 7) == CONTENT
                    || length == 5 && Words.head(block, at, 5) == VALUE;
        }
        return length == 1 && block[at] == '0';
    }

    void string(int at, int length, int form) {
        if (beyond > 0) {
            return;
        }
        if (pending != null) {
            message.span(pending.slot).set(Kind.STRING, at, length, form);
        }
        if (inContent != null || wantsLinks && pending == content) {
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
        if (beyond > 0 || top.depth == Scanner.DEPTH_MAX) {
            tooDeep = beyond++ == 0 ? pending : tooDeep;
            pending = null;
            return;
        }
        boolean isArray = kind == Kind.ARRAY;
        top = top.open(pending, isArray);
        if (wantsLinks && inContent == null && pending == content) {
            inContent = top;
            contentKey = null;
        }
        if (inContent != null) {
            keys.open(top);
        }
        pending = isArray && pending != null ? pending.find(0) : null;
    }

    /** The innermost object or array ends before {@code end}. */
    void close(int end) {
        if (beyond > 0) {
            if (--beyond == 0) {
                endOf(tooDeep, end);
                afterValue();
            }
            return;
        }
        var closed = top;
        if (inContent != null) {
            keys.close(closed);
            if (closed == inContent) {
                inContent = null;
            }
        }
        endOf(closed.node, end);
        top = closed.outer;
        afterValue();
    }

    private void endOf(Paths.Node node, int end) {
        if (node != null) {
            message.span(node.slot).endAt(end);
        }
    }

    private void afterValue() {
        if (top.isArray && beyond == 0) {
            int index = ++top.index;
            pending = top.node == null ? null : top.node.find(index);
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
        boolean isChannelName = inContent != null && contentKey == channel;
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
                inContent == null || contentKey == null ? Relation.OTHER : contentKey.relation;
        int holder = inContent == null ? top.depth : top.depth - inContent.depth;
        link.describe(ref, relation, isDirect(holder), holder, query);
        if (inContent != null) {
            keys.copyTo(link.relationKey(), inContent);
        }
    }

    /** content.key, content.key[i], content.key.link or content.key[i].link. */
    private boolean isDirect(int holder) {
        if (inContent == null || inContent.isArray) {
            return false;
        }
        return switch (holder) {
            case 0 -> true;
            case 1 -> top.isArray || keys.isLink(top);
            case 2 -> top.outer.isArray && !top.isArray && keys.isLink(top);
            default -> false;
        };
    }

    private static boolean mayDecodeToSigil(int first, int form) {
        return (form & Span.CBOR_CHUNKS) != 0 || (form & Span.JSON_ESCAPES) != 0 && first == '\\';
    }

    private boolean needsDecoding(int at, int length, int form) {
        return form != Span.PLAIN && (form != Span.NOT_ASCII || !Utf8.isValid(block, at, length));
    }
}
