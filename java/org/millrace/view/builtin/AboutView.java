package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Span;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.MessageReader;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.Texts;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Subject -> the messages of type {@code about} on it, by the time their authors claim: names,
 * images, descriptions.
 *
 * <p>Values are read from the log again when they are asked for: a subject has few messages.
 *
 * <ul>
 *   <li>{@code read} source: {@code id} of the subject; bounds in milliseconds
 *   <li>{@code history} value: {@code id}, {@code field} -> {@code [{"author": ..., "value": ...},
 *       ...]}, oldest first
 *   <li>{@code latest} value: {@code id}, {@code field} -> the value given last by anyone, or null
 *   <li>{@code socialValue} value: {@code id}, {@code field}, {@code me} -> what I say, else what
 *       the subject says of itself, else what most authors say, else null. An author's last word
 *       counts; of equals, the later one
 * </ul>
 */
public final class AboutView implements View {
    private static final int SUBJECT = 1;
    private static final int BATCH = 256;

    private final Index index;
    private final MessageReader messages;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public AboutView(ViewStore store) {
        index = store.index();
        messages = store.messages();
        key = index.key();
        ViewMethod.Source read = options -> index.rows(keyOf(options), Selection.ofTimes(options));
        ViewMethod.Value latest = this::latest;
        ViewMethod.Value socialValue = this::socialValue;
        ViewMethod.Value history = this::history;
        methods =
                Map.of(
                        "read",
                        read,
                        "history",
                        history,
                        "latest",
                        latest,
                        "socialValue",
                        socialValue);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        var subject = message.span(Field.ABOUT);
        if (subject.isString() && isAbout(message)) {
            key.space(SUBJECT).add(subject);
            index.add(key, Selection.orderOfTime(Times.asserted(message)), seq, 0);
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

    private static boolean isAbout(Message message) {
        return message.type().contentEquals(Texts.ABOUT, 0, Texts.ABOUT.byteSize());
    }

    private IndexKey keyOf(Map<String, String> options) {
        return index.key().space(SUBJECT).add(Options.text(options, "id"));
    }

    /** What an author says: JSON. */
    private record Word(String author, String value) {}

    private String history(Map<String, String> options) {
        var json = new StringBuilder("[");
        forEachWord(
                options,
                word -> {
                    json.append(json.length() > 1 ? "," : "").append("{\"author\":");
                    Json.string(json, String.valueOf(word.author));
                    json.append(",\"value\":").append(word.value).append('}');
                });
        return json.append(']').toString();
    }

    private String latest(Map<String, String> options) {
        var last = new Word[1];
        forEachWord(options, word -> last[0] = word);
        return last[0] == null ? "null" : last[0].value;
    }

    private String socialValue(Map<String, String> options) {
        // In order of each author's last word: the last of equals is the later one.
        var words = new LinkedHashMap<String, String>();
        forEachWord(
                options,
                word -> {
                    words.remove(word.author);
                    words.put(word.author, word.value);
                });
        for (var first : new String[] {options.get("me"), options.get("id")}) {
            if (words.containsKey(first)) {
                return words.get(first);
            }
        }
        var votes = new HashMap<String, Integer>();
        words.values().forEach(value -> votes.merge(value, 1, Integer::sum));
        String best = "null";
        for (var value : words.values()) {
            if (votes.get(value) >= votes.getOrDefault(best, 0)) {
                best = value;
            }
        }
        return best;
    }

    private interface Listener {
        void heard(Word word);
    }

    /** Every value of the field, oldest first. */
    private void forEachWord(Map<String, String> options, Listener to) {
        var paths = new Paths();
        int field = paths.add("value", "content", Options.text(options, "field"));
        var reading = messages.reading(paths);
        var rows = index.rows(keyOf(options), Selection.all());
        long[] seqs = new long[BATCH];
        for (int count = rows.next(seqs); count > 0; count = rows.next(seqs)) {
            for (int i = 0; i < count; i++) {
                var word = reading.read(seqs[i], message -> word(message, field));
                if (word != null) {
                    to.heard(word);
                }
            }
        }
    }

    private static Word word(Message message, int field) {
        String value = json(message.span(field));
        return value == null ? null : new Word(message.author().text(), value);
    }

    /** A value as JSON; null when there is none. Objects and arrays are JSON logs' only. */
    private static String json(Span value) {
        return switch (value.kind()) {
            case MISSING, NULL, BYTES -> null;
            case TRUE -> "true";
            case FALSE -> "false";
            case STRING -> Json.string(new StringBuilder(), value.text()).toString();
            case NUMBER, OBJECT, ARRAY -> Texts.of(value.block(), value.offset(), value.length());
        };
    }
}
