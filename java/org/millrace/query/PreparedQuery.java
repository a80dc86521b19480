package org.millrace.query;

import org.millrace.log.Cursor;

/**
 * A query that is asked again and again of one log and its views. Until something changes there,
 * the rows it gave last are the rows it gives: it is not planned again, no view is asked, no record
 * looked at, records are only copied.
 *
 * <p><b>Threads.</b> Any.
 *
 * <p><b>Memory.</b> An {@link Answer}.
 */
public final class PreparedQuery {
    private final QueryEngine engine;
    private final Query query;
    private volatile Answer answer;

    /**
     * @param engine with the views that the query may use
     */
    public PreparedQuery(QueryEngine engine, Query query) {
        this.engine = engine;
        this.query = query;
    }

    /** Its rows, in order; everything that was appended before the call is seen. Close it. */
    public Cursor open() {
        var standing = engine.standing();
        var known = answer;
        if (known != null && known.standing().isSameAs(standing)) {
            return new AnswerCursor(engine.log(), known);
        }
        boolean isOnce = !query.options.live() && query.options.old();
        boolean isMade = !query.stages.isEmpty();
        // What was made of records that are deleted now stands for itself; the feed tells.
        boolean isKept = isOnce && (!isMade || engine.tellsOfChanges());
        var notes = isKept ? new Answer.Notes(standing, found -> answer = found) : null;
        return new QueryCursor(engine, query, standing, notes);
    }
}
