package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.view.Dictionary;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.Map;

/**
 * Messages by the type of their content, by when they were received: ssb-db's {@code
 * messagesByType}.
 *
 * <ul>
 *   <li>{@code read} source: {@code type}; or {@code type} and {@code author}; or {@code type} and
 *       {@code channel}, as the content has it; or {@code channel} alone. Bounds in milliseconds
 *   <li>{@code count} value: the same options
 *   <li>{@code types}, {@code channels} values: {@code {"<type>": <messages>, ...}}, for those of
 *       at most 255 bytes
 * </ul>
 */
public final class TypeView implements View {
    private static final int TYPE = 1;
    private static final int TYPE_AUTHOR = 2;
    private static final int TYPE_CHANNEL = 3;
    private static final int CHANNEL = 4;

    /** Types and channels share the view's dictionary: each text has postings as one or both. */
    private final Dictionary texts;

    private final Index index;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public TypeView(ViewStore store) {
        index = store.index();
        texts = store.dictionary();
        key = index.key();
        ViewMethod.Source read = options -> index.rows(keyOf(options), Selection.ofTimes(options));
        ViewMethod.Value count =
                options -> Long.toString(index.count(keyOf(options), Selection.ofTimes(options)));
        ViewMethod.Value types = _ -> counts(TYPE);
        ViewMethod.Value channels = _ -> counts(CHANNEL);
        methods = Map.of("read", read, "count", count, "types", types, "channels", channels);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        long order = Selection.orderOfTime(message.receivedTimestamp());
        var type = message.type();
        var channel = message.span(Field.CHANNEL);
        if (type.isString()) {
            texts.number(type);
            index.add(key.space(TYPE).add(type), order, seq, 0);
            if (message.author().isString()) {
                key.space(TYPE_AUTHOR).add(type).add(message.author());
                index.add(key, order, seq, 0);
            }
        }
        if (channel.isString()) {
            texts.number(channel);
            index.add(key.space(CHANNEL).add(channel), order, seq, 0);
            if (type.isString()) {
                index.add(key.space(TYPE_CHANNEL).add(type).add(channel), order, seq, 0);
            }
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

    private IndexKey keyOf(Map<String, String> options) {
        var type = options.get("type");
        var author = options.get("author");
        var channel = options.get("channel");
        if (channel != null && author != null) {
            throw Options.bad("author", author, "to be given together with a channel");
        }
        if (channel != null) {
            return type == null
                    ? index.key().space(CHANNEL).add(channel)
                    : index.key().space(TYPE_CHANNEL).add(type).add(channel);
        }
        Options.text(options, "type");
        return author == null
                ? index.key().space(TYPE).add(type)
                : index.key().space(TYPE_AUTHOR).add(type).add(author);
    }

    private String counts(int space) {
        var json = new StringBuilder("{");
        var of = index.key();
        for (int i = 0; i < texts.count(); i++) {
            long count = index.count(of.space(space).add(texts.bytes(i)), Selection.all());
            if (count > 0) {
                json.append(json.length() > 1 ? "," : "");
                Json.string(json, texts.text(i)).append(':').append(count);
            }
        }
        return json.append('}').toString();
    }
}
