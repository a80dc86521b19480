package org.millrace.view;

import org.millrace.codec.Link;
import org.millrace.codec.Message;

import java.util.Map;

/**
 * Links by relation, as ssb-db's {@code links} sees them: the content's key is the relation, and
 * holds the reference, an object whose {@code link} it is, or a list of those. By when the messages
 * were received.
 *
 * <ul>
 *   <li>{@code read} source: {@code dest} or {@code source} (an author) or both, and {@code rel},
 *       or not. Bounds in milliseconds
 *   <li>{@code count} value: the same options; how many messages
 * </ul>
 */
public final class LinksView implements View {
    private static final int DEST = 1;
    private static final int DEST_REL = 2;
    private static final int SOURCE = 3;
    private static final int SOURCE_REL = 4;
    private static final int BOTH = 5;
    private static final int BOTH_REL = 6;

    private final Index index;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public LinksView(ViewStore store) {
        index = store.index();
        key = index.key();
        ViewMethod.Source read = options -> index.rows(keyOf(options), Selection.ofTimes(options));
        ViewMethod.Value count =
                options -> Long.toString(index.count(keyOf(options), Selection.ofTimes(options)));
        methods = Map.of("read", read, "count", count);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        long order = 0;
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            if (link.direct() && !BacklinksView.isChannel(link)) {
                if (order == 0) {
                    order = Selection.orderOfTime(message.receivedTimestamp());
                }
                add(seq, order, message, link);
            }
        }
    }

    private void add(long seq, long order, Message message, Link link) {
        var rel = link.relationKey();
        index.add(key.space(DEST).add(link), order, seq, 0);
        index.add(key.space(DEST_REL).add(link).add(rel), order, seq, 0);
        var source = message.author();
        if (source.isString()) {
            index.add(key.space(SOURCE).add(source), order, seq, 0);
            index.add(key.space(SOURCE_REL).add(source).add(rel), order, seq, 0);
            index.add(key.space(BOTH).add(source).add(link), order, seq, 0);
            index.add(key.space(BOTH_REL).add(source).add(link).add(rel), order, seq, 0);
        }
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private IndexKey keyOf(Map<String, String> options) {
        var source = options.get("source");
        var dest = source == null ? Options.text(options, "dest") : options.get("dest");
        var rel = options.get("rel");
        var of = index.key();
        if (source == null) {
            of.space(rel == null ? DEST : DEST_REL).add(dest);
        } else if (dest == null) {
            of.space(rel == null ? SOURCE : SOURCE_REL).add(source);
        } else {
            of.space(rel == null ? BOTH : BOTH_REL).add(source).add(dest);
        }
        return rel == null ? of : of.add(rel);
    }
}
