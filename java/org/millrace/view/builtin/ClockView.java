package org.millrace.view.builtin;

import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

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
public final class ClockView extends FeedsView {
    private final Map<String, ViewMethod> methods;

    public ClockView(ViewStore store) {
        super(store);
        var all = new HashMap<>(super.methods());
        all.remove("latest"); // a view has one lookup
        ViewMethod.Lookup get = this::get;
        all.put("get", get);
        methods = Map.copyOf(all);
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private long get(MemorySegment key) {
        var text = StandardCharsets.UTF_8.decode(key.asByteBuffer()).toString();
        int space = text.lastIndexOf(' ');
        try {
            long number = Long.parseLong(text.substring(space + 1));
            return find(text.substring(0, Math.max(space, 0)), number);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
