package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.view.Dictionary;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.MessageReader;
import org.millrace.view.Options;
import org.millrace.view.PostingList;
import org.millrace.view.Selection;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Author -> its messages by their sequence: ssb-db's {@code clock}, {@code last} and {@code
 * createUserStream}.
 *
 * <ul>
 *   <li>{@code read} source: {@code id}; bounds are message numbers
 *   <li>{@code latest} lookup: author -> its message with the highest number
 *   <li>{@code count} value: {@code id}, bounds
 *   <li>{@code clock} value: {@code {"<author>": <highest number>, ...}} of all authors; kept until
 *       it changes
 *   <li>{@code problems} value: {@code id}, or none for all authors; {@code {"<author>": {"gaps":
 *       [[first, last], ...], "forks": [number, ...]}}}. A gap is what is missing below the highest
 *       number; a fork, two different messages with the same number
 * </ul>
 */
public sealed class FeedsView implements View permits ClockView, LastView {
    private static final int AUTHOR = 1;
    private static final int BATCH = 1024;

    private final Index index;
    private final Dictionary authors;
    private final MessageReader messages;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    /** Highest number by author; null = not computed since the last change of the past. */
    private volatile long[] highest;

    private volatile String clock;

    public FeedsView(ViewStore store) {
        index = store.index();
        authors = store.dictionary();
        messages = store.messages();
        key = index.key();
        ViewMethod.Lookup latest = this::latest;
        ViewMethod.Source read = this::read;
        ViewMethod.Value count =
                options ->
                        Long.toString(index.count(keyOf(options), Selection.ofIntegers(options)));
        ViewMethod.Value clockRead = _ -> clock();
        ViewMethod.Value problems = this::problems;
        methods =
                Map.of(
                        "read",
                        read,
                        "latest",
                        latest,
                        "count",
                        count,
                        "clock",
                        clockRead,
                        "problems",
                        problems);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        var author = message.author();
        long number = message.sequence();
        if (!author.isString() || number < 0) {
            return;
        }
        index.add(key.space(AUTHOR).add(author), number, seq, 0);
        int at = authors.number(author);
        long[] known = highest;
        if (known != null && at >= 0) {
            if (at >= known.length) {
                int before = known.length;
                known = Arrays.copyOf(known, Math.max(16, at * 2));
                Arrays.fill(known, before, known.length, -1);
                highest = known;
            }
            if (number > known[at]) {
                known[at] = number;
                clock = null;
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

    @Override
    public void clear() {
        highest = null;
        clock = null;
    }

    @Override
    public void deleted(long seq) {
        clear();
    }

    private ViewMethod.Rows read(Map<String, String> options) {
        return index.rows(keyOf(options), Selection.ofIntegers(options));
    }

    private IndexKey keyOf(Map<String, String> options) {
        return index.key().space(AUTHOR).add(Options.text(options, "id"));
    }

    /** Sequence of an author's message with the highest number; -1 when there is none. */
    long latest(MemorySegment author) {
        var found = new PostingList();
        index.collect(index.key().space(AUTHOR).add(author), newest(), 1, found);
        return found.size() == 0 ? -1 : found.seq(0);
    }

    /** Sequence of a message by its number; -1 when there is none. */
    long find(String author, long number) {
        var found = new PostingList();
        var wanted = newest();
        wanted.between(number, number);
        index.collect(index.key().space(AUTHOR).add(author), wanted, 1, found);
        return found.size() == 0 ? -1 : found.seq(0);
    }

    private static Selection newest() {
        return Selection.all().reverse(1);
    }

    /** Readers stand beside each other here: the array is complete before it is seen. */
    private String clock() {
        String known = clock;
        if (known != null) {
            return known;
        }
        long[] numbers = highest;
        if (numbers == null) {
            numbers = computeHighest();
            highest = numbers;
        }
        var json = new StringBuilder("{");
        for (int author = 0; author < authors.count(); author++) {
            if (numbers[author] >= 0) {
                json.append(json.length() > 1 ? "," : "");
                Json.string(json, authors.text(author)).append(':').append(numbers[author]);
            }
        }
        known = json.append('}').toString();
        clock = known;
        return known;
    }

    private long[] computeHighest() {
        long[] numbers = new long[Math.max(16, authors.count() * 2)];
        Arrays.fill(numbers, -1);
        var found = new PostingList();
        var author = index.key();
        for (int i = 0; i < authors.count(); i++) {
            index.collect(author.space(AUTHOR).add(authors.bytes(i)), newest(), 1, found);
            if (found.size() > 0) {
                numbers[i] = found.order(0);
            }
        }
        return numbers;
    }

    private String problems(Map<String, String> options) {
        var json = new StringBuilder("{");
        if (options.containsKey("id")) {
            addProblems(options.get("id"), json);
        } else {
            for (int author = 0; author < authors.count(); author++) {
                addProblems(authors.text(author), json);
            }
        }
        return json.append('}').toString();
    }

    private void addProblems(String author, StringBuilder json) {
        var gaps = new ArrayList<String>();
        var forks = new ArrayList<Long>();
        var walk = Selection.all();
        var found = new PostingList();
        var of = index.key().space(AUTHOR).add(author);
        long number = 0;
        var same = new ArrayList<Long>();
        for (index.collect(of, walk, BATCH, found);
                found.size() > 0;
                index.collect(of, walk, BATCH, found)) {
            for (int i = 0; i < found.size(); i++) {
                if (found.order(i) != number || same.isEmpty()) {
                    addFork(number, same, forks);
                    if (found.order(i) > number + 1) {
                        gaps.add("[" + (number + 1) + "," + (found.order(i) - 1) + "]");
                    }
                    number = found.order(i);
                    same.clear();
                }
                same.add(found.seq(i));
            }
            walk.behind(found.order(found.size() - 1), found.seq(found.size() - 1));
        }
        addFork(number, same, forks);
        if (!gaps.isEmpty() || !forks.isEmpty()) {
            json.append(json.length() > 1 ? "," : "");
            Json.string(json, author).append(":{\"gaps\":[").append(String.join(",", gaps));
            json.append("],\"forks\":").append(forks.toString().replace(" ", "")).append('}');
        }
    }

    /** The same message may have been appended twice; that is no fork. */
    private void addFork(long number, List<Long> same, List<Long> forks) {
        if (same.size() < 2) {
            return;
        }
        var reading = messages.reading(new Paths());
        var ids = new HashSet<String>();
        for (long seq : same) {
            ids.add(reading.read(seq, message -> id(message)));
        }
        if (ids.size() > 1) {
            forks.add(number);
        }
    }

    /** Its key; for a record without one, its hash of nothing: all such are the same. */
    private static String id(Message message) {
        return String.valueOf(message.span(Field.KEY).text());
    }
}
