package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.Span;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.Texts;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Messages that may hold a link, in the log's order: by what it leads to, by who wrote it, by its
 * relation. What ssb-links' queries begin with; {@code millrace/ssb/links} looks at the messages.
 *
 * <ul>
 *   <li>{@code read} source: one of {@code dest}, {@code source} (an author), {@code rel} (a key of
 *       the content)
 *   <li>{@code count} value: the same options; how many messages
 * </ul>
 *
 * <p>Where the content has no type, as in an encrypted message, ssb-links takes the message itself
 * for the content: its author, its previous message and its content are links then.
 */
public final class RelationsView implements View {
    private static final int DEST = 1;
    private static final int SOURCE = 2;
    private static final int REL = 3;

    private static final MemorySegment AUTHOR = Texts.bytes("author");
    private static final MemorySegment PREVIOUS = Texts.bytes("previous");
    private static final MemorySegment CONTENT = Texts.bytes("content");

    private final Index index;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public RelationsView(ViewStore store) {
        index = store.index();
        key = index.key();
        ViewMethod.Source read =
                options -> index.rows(keyOf(options), Selection.ofIntegers(options));
        ViewMethod.Value count =
                options ->
                        Long.toString(index.count(keyOf(options), Selection.ofIntegers(options)));
        methods = Map.of("read", read, "count", count);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        boolean hasLinks = false;
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            if (!BacklinksView.isChannel(link)) {
                hasLinks = true;
                add(key.space(DEST).add(link), seq);
                if (link.relationKey().isString()) {
                    add(key.space(REL).add(link.relationKey()), seq);
                }
            }
        }
        if (!hasType(message)) {
            if (hasLinks) {
                add(key.space(REL).add(CONTENT), seq);
            }
            hasLinks |= addOwn(AUTHOR, message.author(), seq);
            hasLinks |= addOwn(PREVIOUS, message.span(Field.PREVIOUS), seq);
        }
        if (hasLinks && message.author().isString()) {
            add(key.space(SOURCE).add(message.author()), seq);
        }
    }

    /** Whether the type is surely one that JavaScript takes for true. */
    private static boolean hasType(Message message) {
        return message.type().isString() && message.type().length() > 0;
    }

    private boolean addOwn(MemorySegment relation, Span dest, long seq) {
        if (!dest.isString()) {
            return false;
        }
        add(key.space(REL).add(relation), seq);
        add(key.space(DEST).add(dest), seq);
        return true;
    }

    private void add(IndexKey to, long seq) {
        index.add(to, 0, seq, 0);
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public boolean isMovable() {
        return true;
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private IndexKey keyOf(Map<String, String> options) {
        var of = index.key();
        if (options.containsKey("dest")) {
            return of.space(DEST).add(options.get("dest"));
        }
        if (options.containsKey("source")) {
            return of.space(SOURCE).add(options.get("source"));
        }
        return of.space(REL).add(Options.text(options, "rel"));
    }
}
