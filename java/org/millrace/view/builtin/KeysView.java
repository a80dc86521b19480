package org.millrace.view.builtin;

import org.millrace.codec.Message;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.Map;

/**
 * Message id -> sequence: ssb-db's {@code keys}. When the same id was appended twice, the later
 * record answers.
 *
 * <p>Read by {@code get}, a {@link ViewMethod.Lookup}.
 */
public final class KeysView implements View {
    private static final int KEY = 1;

    private final Index index;
    private final IndexKey key;
    private final ViewMethod.Lookup get;
    private final Map<String, ViewMethod> methods;

    public KeysView(ViewStore store) {
        index = store.index();
        key = index.key();
        get = wanted -> index.newest(KEY, wanted);
        methods = Map.of("get", get);
    }

    @Override
    public int version() {
        return 2;
    }

    @Override
    public void append(long seq, Message message) {
        if (message.key().isString()) {
            index.add(key.space(KEY).add(message.key()), 0, seq, 0);
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
}
