package org.millrace.view;

import org.millrace.codec.Channels;
import org.millrace.codec.Link;
import org.millrace.codec.Message;
import org.millrace.codec.RefKind;
import org.millrace.codec.Relation;
import org.millrace.codec.Scratch;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.Locale;
import java.util.Map;

/**
 * Target of a link -> the messages that link to it, by the time their authors claim: what
 * ssb-backlinks answers, and threads, votes and mentions besides.
 *
 * <p>A message that claims to be written after it was received counts as written when it was
 * received.
 *
 * <ul>
 *   <li>{@code read} source: {@code id} (a message, feed, blob or {@code #channel}), {@code
 *       relation}: root, branch, fork, vote, mention, about, contact, other; none = all. Bounds in
 *       milliseconds
 *   <li>{@code count} value: the same options; how many messages, without reading one
 * </ul>
 */
public final class BacklinksView implements View {
    private static final int TARGET = 1;

    private final Index index;
    private final IndexKey key;
    private final Scratch channel = new Scratch();
    private final Map<String, ViewMethod> methods;

    public BacklinksView(ViewStore store) {
        index = store.index();
        key = index.key();
        ViewMethod.Source read = options -> index.rows(keyOf(options), wanted(options));
        ViewMethod.Value count =
                options -> Long.toString(index.count(keyOf(options), wanted(options)));
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
            if (link.hasQuery()) {
                continue;
            }
            if (order == 0) {
                order = Selection.orderOfTime(Times.asserted(message));
            }
            key.space(TARGET);
            if (isChannel(link)) {
                if (!Channels.normalize(link, channel)) {
                    continue;
                }
                key.add(channel.memory(), 0, channel.length());
            } else {
                key.add(link);
            }
            index.add(key, order, seq, flag(link.relation()));
        }
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private IndexKey keyOf(Map<String, String> options) {
        return index.key().space(TARGET).add(Options.text(options, "id"));
    }

    private static Selection wanted(Map<String, String> options) {
        var name = options.get("relation");
        var wanted = Selection.ofTimes(options);
        return name == null ? wanted : wanted.flags(flag(relation(name)));
    }

    private static Relation relation(String name) {
        try {
            return Relation.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "option relation is "
                            + name
                            + ", not one of root branch fork vote mention about contact other");
        }
    }

    private static long flag(Relation relation) {
        return 1L << relation.ordinal();
    }

    static boolean isChannel(Link link) {
        return link.ref() == RefKind.CHANNEL || link.ref() == RefKind.CHANNEL_NAME;
    }
}
