package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Kind;
import org.millrace.codec.Message;
import org.millrace.codec.Span;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.Dictionary;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.PostingList;
import org.millrace.view.Selection;
import org.millrace.view.Texts;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.Arrays;
import java.util.Map;

/**
 * Who follows and who blocks whom: messages of type {@code contact}. An author's last word on
 * someone counts, in the log's order.
 *
 * <ul>
 *   <li>{@code follows}, {@code followers}, {@code blocks}, {@code blockers} values: {@code id} ->
 *       a list of feeds
 *   <li>{@code isFollowing}, {@code isBlocking} values: {@code source}, {@code dest} -> true or
 *       false
 *   <li>{@code hops} value: {@code start}, {@code max} (3 if left out) -> {@code {"<feed>": <hops
 *       along follows>, ...}} up to so many; whom the start blocks is not in it
 *   <li>{@code read} source: {@code id} of an author: its contact messages, by whom they are on; no
 *       {@code id}: all messages that name a contact, whatever their type, in the log's order
 * </ul>
 *
 * <p><b>Limits.</b> As many feeds as a {@link Dictionary} holds, about 1.2 million; then the view
 * fails.
 */
public final class ContactsView implements View {
    private static final int FROM = 1;
    private static final int TO = 2;
    private static final int EVERYONE = 3;

    private static final int FOLLOWS = 1;
    private static final int UNFOLLOWS = 2;
    private static final int BLOCKS = 4;
    private static final int UNBLOCKS = 8;

    private final Index index;

    /** Every feed that said something or was named; a posting's order is the other's number. */
    private final Dictionary feeds;

    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public ContactsView(ViewStore store) {
        index = store.index();
        feeds = store.dictionary();
        key = index.key();
        methods =
                Map.of(
                        "follows", list(FROM, FOLLOWS),
                        "followers", list(TO, FOLLOWS),
                        "blocks", list(FROM, BLOCKS),
                        "blockers", list(TO, BLOCKS),
                        "isFollowing", is(FOLLOWS),
                        "isBlocking", is(BLOCKS),
                        "hops", (ViewMethod.Value) this::hops,
                        "read", (ViewMethod.Source) this::read);
    }

    @Override
    public int version() {
        return 2;
    }

    @Override
    public void append(long seq, Message message) {
        var from = message.author();
        var to = message.span(Field.CONTACT);
        if (!to.isString() || !from.isString()) {
            return;
        }
        index.add(key.space(EVERYONE), 0, seq, 0);
        if (!message.type().contentEquals(Texts.CONTACT, 0, Texts.CONTACT.byteSize())) {
            return;
        }
        int said =
                flag(message.span(Field.FOLLOWING), FOLLOWS, UNFOLLOWS)
                        | flag(message.span(Field.BLOCKING), BLOCKS, UNBLOCKS);
        int fromNumber = number(from);
        int toNumber = number(to);
        if (said != 0 && fromNumber >= 0 && toNumber >= 0) {
            index.add(key.space(FROM).add(from), toNumber, seq, said);
            index.add(key.space(TO).add(to), fromNumber, seq, said);
        }
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

    private static int flag(Span said, int yes, int no) {
        return said.kind() == Kind.TRUE ? yes : said.kind() == Kind.FALSE ? no : 0;
    }

    /** -1 for what is too long to be a feed. */
    private int number(Span feed) {
        int number = feeds.number(feed);
        if (number < 0 && feed.length() <= Dictionary.TEXT_BYTES_MAX) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED, "more than " + feeds.count() + " feeds");
        }
        return number;
    }

    private interface Edge {
        void to(int feed);
    }

    private ViewMethod.Value list(int space, int relation) {
        return options -> {
            var json = new StringBuilder("[");
            var of = index.key().space(space).add(Options.text(options, "id"));
            forEach(
                    of,
                    relation,
                    feed -> {
                        json.append(json.length() > 1 ? "," : "");
                        Json.string(json, feeds.text(feed));
                    });
            return json.append(']').toString();
        };
    }

    private ViewMethod.Value is(int relation) {
        return options -> {
            int dest = feeds.find(Texts.bytes(Options.text(options, "dest")));
            var wanted = Selection.all();
            wanted.between(dest, dest);
            var found = new PostingList();
            var of = index.key().space(FROM).add(Options.text(options, "source"));
            index.collect(of, wanted, Integer.MAX_VALUE, found);
            int said = 0;
            for (int i = 0; i < found.size(); i++) {
                said = hear(said, found.flags(i));
            }
            return Boolean.toString(dest >= 0 && (said & relation) != 0);
        };
    }

    /** All feeds that stand in a relation with this one, each once. */
    private void forEach(IndexKey of, int relation, Edge to) {
        var found = new PostingList();
        index.collect(of, Selection.all(), Integer.MAX_VALUE, found);
        int said = 0;
        for (int i = 0; i < found.size(); i++) {
            said = hear(said, found.flags(i));
            if (i + 1 == found.size() || found.order(i + 1) != found.order(i)) {
                if ((said & relation) != 0) {
                    to.to((int) found.order(i));
                }
                said = 0;
            }
        }
    }

    /** What holds after a further word: following and blocking stand beside each other. */
    private static int hear(int said, long word) {
        int now = said;
        if ((word & (FOLLOWS | UNFOLLOWS)) != 0) {
            now = now & ~FOLLOWS | (int) word & FOLLOWS;
        }
        if ((word & (BLOCKS | UNBLOCKS)) != 0) {
            now = now & ~BLOCKS | (int) word & BLOCKS;
        }
        return now;
    }

    private String hops(Map<String, String> options) {
        int start = feeds.find(Texts.bytes(Options.text(options, "start")));
        int max = (int) Options.number(options, "max", 3);
        if (start < 0) {
            var alone = new StringBuilder("{");
            return Json.string(alone, options.get("start")).append(":0}").toString();
        }
        int[] hops = new int[feeds.count()];
        int[] order = new int[feeds.count()];
        Arrays.fill(hops, -1);
        var of = index.key();
        forEach(of.space(FROM).add(feeds.bytes(start)), BLOCKS, feed -> hops[feed] = -2);
        hops[start] = 0;
        int[] end = {1};
        order[0] = start;
        for (int at = 0; at < end[0] && hops[order[at]] < max; at++) {
            int next = hops[order[at]] + 1;
            forEach(
                    of.space(FROM).add(feeds.bytes(order[at])),
                    FOLLOWS,
                    feed -> {
                        if (hops[feed] == -1) {
                            hops[feed] = next;
                            order[end[0]++] = feed;
                        }
                    });
        }
        var json = new StringBuilder("{");
        for (int i = 0; i < end[0]; i++) {
            json.append(i > 0 ? "," : "");
            Json.string(json, feeds.text(order[i])).append(':').append(hops[order[i]]);
        }
        return json.append('}').toString();
    }

    private ViewMethod.Rows read(Map<String, String> options) {
        var of = index.key();
        if (options.containsKey("id")) {
            of.space(FROM).add(options.get("id"));
        } else {
            of.space(EVERYONE);
        }
        return index.rows(of, Selection.ofIntegers(options));
    }
}
