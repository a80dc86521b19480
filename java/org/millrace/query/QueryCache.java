package org.millrace.query;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The queries asked last, read and compiled: an application asks the same few again and again.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>Limits.</b> {@value #QUERIES_MAX} queries of at most {@value #CHARACTERS_MAX} characters,
 * about 50 KiB each with what they read with.
 */
public final class QueryCache {
    private static final int QUERIES_MAX = 64;
    private static final int CHARACTERS_MAX = 4096;

    private final Map<List<Object>, Query> queries =
            new LinkedHashMap<>(QUERIES_MAX * 2, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<List<Object>, Query> eldest) {
                    return size() > QUERIES_MAX;
                }
            };

    /**
     * @param key all that the query depends on
     * @param text its largest part
     */
    public Query get(List<Object> key, String text, Supplier<Query> read) {
        if (text.length() > CHARACTERS_MAX) {
            return read.get();
        }
        synchronized (queries) {
            var known = queries.get(key);
            if (known != null) {
                return known;
            }
        }
        var query = read.get();
        synchronized (queries) {
            queries.put(key, query);
        }
        return query;
    }
}
