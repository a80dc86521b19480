package org.millrace.view;

import org.millrace.codec.Message;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Author and message number -> sequence: ssb-db's {@code clock}. The index is that of {@link
 * FeedsView}.
 *
 * <ul>
 *   <li>{@code get} lookup: {@code <author> <number>}; of a fork, the message that came last
 *   <li>{@code read}, {@code count}, {@code clock}, {@code problems}: as in {@link FeedsView}
 * </ul>
 */
public final class ClockView implements View {
    private final FeedsView feeds;
    private final Map<String, ViewMethod> methods;

    public ClockView(ViewStore store) {
        feeds = new FeedsView(store);
        var all = new HashMap<>(feeds.methods());
        all.remove("latest"); // a view has one lookup
        ViewMethod.Lookup get = this::get;
        all.put("get", get);
        methods = Map.copyOf(all);
    }

    @Override
    public int version() {
        return feeds.version();
    }

    @Override
    public void append(long seq, Message message) {
        feeds.append(seq, message);
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    @Override
    public void clear() {
        feeds.clear();
    }

    @Override
    public void deleted(long seq) {
        feeds.deleted(seq);
    }

    private long get(MemorySegment key) {
        var text = StandardCharsets.UTF_8.decode(key.asByteBuffer()).toString();
        int space = text.lastIndexOf(' ');
        try {
            long number = Long.parseLong(text.substring(space + 1));
            return feeds.find(text.substring(0, Math.max(space, 0)), number);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
