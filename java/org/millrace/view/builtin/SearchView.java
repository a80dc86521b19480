package org.millrace.view.builtin;

import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.TextWords;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.Dictionary;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.Options;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Words -> the messages in whose {@code content.text} they stand: what ssb-search asks of
 * flumeview-search. What a word is, {@link TextWords} says; those of less than {@value
 * #LETTERS_MIN} letters do not count.
 *
 * <ul>
 *   <li>{@code query} source: {@code query}, a text; the messages in which each of its words is one
 *       or begins one, last first. {@code limit}; 0 = all. Never live
 * </ul>
 *
 * <p>The dictionary has the words, for they are looked for by their beginnings. A word stays in it
 * when its messages are deleted, until the view is built anew.
 *
 * <p><b>Limits.</b> Of a message, {@value #WORDS_PER_MESSAGE_MAX} different words. Of all messages,
 * {@value #WORDS_MAX}; later ones are found whole only. Of a query, {@value #TERMS_MAX}.
 */
public final class SearchView implements View {
    public static final int LETTERS_MIN = 3;
    static final int WORDS_PER_MESSAGE_MAX = 65_536;

    /** They take up to 40 MB. */
    private static final int WORDS_MAX = 1 << 20;

    public static final int TERMS_MAX = 256;
    private static final int WORD = 1;

    private final Index index;
    private final Dictionary dictionary;
    private final int wordsMax;
    private final IndexKey key;
    private final TextWords words = new TextWords(LETTERS_MIN);
    private final Map<String, ViewMethod> methods;

    /** By a word's number: the last message that had it, by how many came before. */
    private int[] lastSeen = new int[1024];

    private int appended;

    public SearchView(ViewStore store) {
        this(store, WORDS_MAX);
    }

    public SearchView(ViewStore store, int wordsMax) {
        this.wordsMax = wordsMax;
        index = store.index();
        dictionary = store.dictionary();
        key = index.key();
        ViewMethod.Source query = this::query;
        methods = Map.of("query", query);
    }

    static IndexKey keyOf(IndexKey key, MemorySegment word, int length) {
        return key.space(WORD).add(word, 0, length);
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        var text = message.span(Field.TEXT);
        if (!text.isString()) {
            return;
        }
        appended++;
        words.begin(text);
        for (int count = 0; count < WORDS_PER_MESSAGE_MAX && words.next(); ) {
            if (isFirst()) {
                index.add(keyOf(key, words.memory(), words.length()), 0, seq, 0);
                count++;
            }
        }
    }

    /** Whether the word is new in this message; what has no number may come again. */
    private boolean isFirst() {
        int number = dictionary.number(words.memory(), 0, words.length(), wordsMax);
        if (number < 0) {
            return true;
        }
        if (number >= lastSeen.length) {
            lastSeen = Arrays.copyOf(lastSeen, Math.max(number + 1, lastSeen.length * 2));
        }
        boolean isFirst = lastSeen[number] != appended;
        lastSeen[number] = appended;
        return isFirst;
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    /** The words of records that are gone would stay in the dictionary. */
    @Override
    public boolean isMovable() {
        return false;
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private ViewMethod.Rows query(Map<String, String> options) {
        if (Options.flag(options, "live", false)) {
            throw Options.bad("live", "true", "for a search: it gives what there is");
        }
        double limit = Options.number(options, "limit", 0);
        return new SearchRows(
                index,
                dictionary,
                terms(Options.text(options, "query")),
                limit > 0 ? (long) limit : Long.MAX_VALUE);
    }

    private static List<MemorySegment> terms(String query) {
        var terms = new ArrayList<MemorySegment>();
        var found = new TextWords(LETTERS_MIN);
        found.begin(query);
        while (found.next()) {
            if (terms.size() == TERMS_MAX) {
                throw new MillraceException(
                        ErrorCode.ERR_QUERY_LIMIT,
                        "a search for more than " + TERMS_MAX + " words; leave some out");
            }
            terms.add(
                    MemorySegment.ofArray(
                            found.memory()
                                    .asSlice(0, found.length())
                                    .toArray(ValueLayout.JAVA_BYTE)));
        }
        return terms;
    }
}
