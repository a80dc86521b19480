package org.millrace.view;

import org.millrace.codec.Message;

import java.util.Map;

/**
 * Message id -> sequence: ssb-db's {@code keys}. When the same id was appended twice, the later
 * record answers.
 *
 * <p>Read by {@code get}, a {@link ViewMethod.Lookup}.
 */
public final class KeysView implements View {
    private final KeyIndex index = new KeyIndex();
    private final ViewMethod.Lookup get = index::get;
    private final Map<String, ViewMethod> methods = Map.of("get", get);

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        if (message.key().isString()) {
            index.put(message.key(), seq);
        }
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    @Override
    public void clear() {
        index.clear();
    }

    @Override
    public void close() {
        index.close();
    }
}
