package org.millrace.view.builtin;

import org.millrace.codec.Channels;
import org.millrace.codec.Link;
import org.millrace.codec.Message;
import org.millrace.codec.RefKind;
import org.millrace.codec.Relation;
import org.millrace.codec.Scratch;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.Texts;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

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
 *   <li>{@code elsewhere} value: {@code id}; how many of its messages have the link in another
 *       place than the one the relation is named after: {@code content.root}, a string, and so on;
 *       {@code content.branch}, also a list; {@code content.vote.link} of a vote; {@code
 *       content.mentions[i].link}
 *   <li>{@code postdated} value: {@code id}; how many of its messages do not claim a time at or
 *       before the time at which they were received
 * </ul>
 *
 * <p>Where the last two say 0, a relation says all there is to know, and the order is that of the
 * time claimed.
 */
public final class BacklinksView implements View {
    private static final int TARGET = 1;

    /** Flags beside those of the relations. */
    private static final long ELSEWHERE = 1L << Relation.values().length;

    private static final long POSTDATED = ELSEWHERE << 1;

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
        methods =
                Map.of(
                        "read",
                        read,
                        "count",
                        count,
                        "elsewhere",
                        counting(ELSEWHERE),
                        "postdated",
                        counting(POSTDATED));
    }

    private ViewMethod.Value counting(long flag) {
        return options -> Long.toString(index.count(keyOf(options), Selection.all().flags(flag)));
    }

    @Override
    public int version() {
        return 2;
    }

    @Override
    public void append(long seq, Message message) {
        long order = 0;
        long time = 0;
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            if (link.hasQuery()) {
                continue;
            }
            if (order == 0) {
                order = Selection.orderOfTime(Times.asserted(message));
                time = message.claimedTimestamp() <= message.receivedTimestamp() ? 0 : POSTDATED;
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
            index.add(key, order, seq, flag(link.relation()) | place(link, message) | time);
        }
    }

    private static long place(Link link, Message message) {
        boolean isNamed =
                switch (link.relation()) {
                    case ROOT, FORK, ABOUT, CONTACT -> link.direct() && link.depth() == 0;
                    case BRANCH -> link.direct() && link.depth() < 2;
                    case VOTE -> isVoteFor(link, message);
                    case MENTION -> link.direct() && link.depth() == 2;
                    case OTHER -> true;
                };
        return isNamed ? 0 : ELSEWHERE;
    }

    private static boolean isVoteFor(Link link, Message message) {
        var voted = message.voteLink();
        return voted.isString()
                && voted.offset() == link.offset()
                && message.type().contentEquals(Texts.VOTE, 0, Texts.VOTE.byteSize());
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
