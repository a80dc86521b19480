package org.millrace.view.builtin;

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
 * All messages by time: ssb-db's {@code time}. What claims no time is not in that order.
 *
 * <ul>
 *   <li>{@code received}, {@code claimed} sources: by when this peer received a message, by when
 *       its author says that it was written. Bounds in milliseconds
 *   <li>{@code read} source: the same as {@code received}
 *   <li>{@code count} value: {@code by}: received (if left out) or claimed; bounds
 * </ul>
 */
public final class TimeView implements View {
    private static final int RECEIVED = 1;
    private static final int CLAIMED = 2;

    private final Index index;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public TimeView(ViewStore store) {
        index = store.index();
        key = index.key();
        ViewMethod.Source received = options -> read(RECEIVED, options);
        ViewMethod.Source claimed = options -> read(CLAIMED, options);
        ViewMethod.Value count = this::count;
        methods =
                Map.of("read", received, "received", received, "claimed", claimed, "count", count);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        add(RECEIVED, message.receivedTimestamp(), seq);
        add(CLAIMED, message.claimedTimestamp(), seq);
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

    private void add(int space, double ms, long seq) {
        if (ms == ms) {
            index.add(key.space(space), Selection.orderOfTime(ms), seq, 0);
        }
    }

    private ViewMethod.Rows read(int space, Map<String, String> options) {
        return index.rows(index.key().space(space), Selection.ofTimes(options));
    }

    private String count(Map<String, String> options) {
        int space =
                switch (options.getOrDefault("by", "received")) {
                    case "received" -> RECEIVED;
                    case "claimed" -> CLAIMED;
                    default -> throw Options.bad("by", options.get("by"), "received or claimed");
                };
        var wanted = Selection.ofTimes(options);
        return Long.toString(index.count(index.key().space(space), wanted));
    }
}
