package org.millrace.view.example;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.Map;

/**
 * How to write a view: which channels a feed posts in, and its posts there.
 *
 * <p>All it knows is in its store, so it is persistent, survives crashes, forgets deleted records
 * and can be rebuilt without another line.
 */
public final class ChannelsExample implements View {
    private static final int POSTS = 1;

    private final Index index;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public ChannelsExample(ViewStore store) {
        index = store.index();
        key = index.key();
        ViewMethod.Source read = asked -> index.rows(keyOf(asked), Selection.ofTimes(asked));
        ViewMethod.Value count = asked -> "" + index.count(keyOf(asked), Selection.ofTimes(asked));
        methods = Map.of("read", read, "count", count);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        var channel = message.span(Field.CHANNEL);
        if (channel.isString() && message.author().isString()) {
            key.space(POSTS).add(message.author()).add(channel);
            index.add(key, Selection.orderOfTime(message.receivedTimestamp()), seq, 0);
        }
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private IndexKey keyOf(Map<String, String> asked) {
        return index.key()
                .space(POSTS)
                .add(Options.text(asked, "id"))
                .add(Options.text(asked, "channel"));
    }
}
