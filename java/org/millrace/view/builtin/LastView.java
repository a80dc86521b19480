package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.view.Dictionary;
import org.millrace.view.MessageReader;
import org.millrace.view.Options;
import org.millrace.view.Texts;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.HashMap;
import java.util.Map;

/**
 * Author -> its message with the highest number: ssb-db's {@code last}. The index is that of {@link
 * FeedsView}.
 *
 * <ul>
 *   <li>{@code get} value: {@code {"<author>": {"id": <key>, "sequence": <number>, "ts": <claimed
 *       time>}, ...}} of all authors, kept until it changes; with {@code id}, of one: {@code {"id":
 *       ...}} or {@code null}
 *   <li>{@code latest}, {@code read}, {@code count}, {@code clock}, {@code problems}: as in {@link
 *       FeedsView}
 * </ul>
 */
public final class LastView extends FeedsView {
    private final Dictionary authors;
    private final MessageReader messages;
    private final Map<String, ViewMethod> methods;
    private volatile String all;

    public LastView(ViewStore store) {
        super(store);
        authors = store.dictionary();
        messages = store.messages();
        var methodsOfAll = new HashMap<>(super.methods());
        ViewMethod.Value get = options -> options.containsKey("id") ? one(options) : all();
        methodsOfAll.put("get", get);
        methods = Map.copyOf(methodsOfAll);
    }

    @Override
    public void append(long seq, Message message) {
        super.append(seq, message);
        all = null;
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    @Override
    public void clear() {
        super.clear();
        all = null;
    }

    private String one(Map<String, String> options) {
        long seq = latest(Texts.bytes(Options.text(options, "id")));
        return seq < 0 ? "null" : String.valueOf(entry(messages.reading(new Paths()), seq));
    }

    private String all() {
        String known = all;
        if (known != null) {
            return known;
        }
        var reading = messages.reading(new Paths());
        var json = new StringBuilder("{");
        for (int author = 0; author < authors.count(); author++) {
            long seq = latest(authors.bytes(author));
            String entry = seq < 0 ? null : entry(reading, seq);
            if (entry != null) {
                json.append(json.length() > 1 ? "," : "");
                Json.string(json, authors.text(author)).append(':').append(entry);
            }
        }
        known = json.append('}').toString();
        all = known;
        return known;
    }

    /** Null when the record was deleted just now. */
    private static String entry(MessageReader.Reading reading, long seq) {
        return reading.read(seq, LastView::entry);
    }

    private static String entry(Message message) {
        var json = new StringBuilder("{\"id\":");
        var key = message.span(Field.KEY);
        if (key.isString()) {
            Json.string(json, key.text());
        } else {
            json.append("null");
        }
        json.append(",\"sequence\":").append(message.sequence());
        json.append(",\"ts\":");
        double claimed = message.claimedTimestamp();
        boolean isWhole = claimed == Math.rint(claimed) && Math.abs(claimed) < 1L << 53;
        json.append(
                isWhole
                        ? Long.toString((long) claimed)
                        : claimed == claimed ? "" + claimed : "null");
        return json.append('}').toString();
    }
}
