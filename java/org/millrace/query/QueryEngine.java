package org.millrace.query;

import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.MountedView;
import org.millrace.view.ViewFeed;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs queries over one log with the help of its views: the reader of {@link Query} said what is
 * wanted, {@link Plan} how to get there, {@link QueryCursor} brings the rows.
 *
 * <p><b>Threads.</b> Any.
 */
public final class QueryEngine {
    private final Log log;
    private final ViewFeed feed;
    private final Map<String, MountedView> views;
    private final ScanMemory memory;

    /**
     * @param memory of this log's scans
     * @param feed of these views; it also knows which records were decrypted late. Null when there
     *     is none
     * @param views by the kind of built-in view: keys, feeds, backlinks, time, type, links
     */
    public QueryEngine(Log log, ScanMemory memory, ViewFeed feed, Map<String, MountedView> views) {
        this.memory = memory;
        this.log = log;
        this.feed = feed;
        this.views = Map.copyOf(views);
    }

    /** Its rows, in order; everything that was appended before the call is seen. Close it. */
    public QueryCursor open(Query query) {
        return new QueryCursor(this, query, standing(), null);
    }

    /** As all stands now. */
    Answer.Standing standing() {
        long epoch = log.epoch(); // first: a compaction takes since back
        int changes = feed == null ? 0 : feed.changes();
        return new Answer.Standing(epoch, log.since(), changes);
    }

    /** Whether {@link #standing} becomes another when a record is deleted. */
    boolean tellsOfChanges() {
        return feed != null;
    }

    /** How the query would be run: JSON. */
    public String explain(Query query) {
        await(log.since());
        return plan(query, log.epoch()).explain();
    }

    Log log() {
        return log;
    }

    ScanMemory memory() {
        return memory;
    }

    /** A record as it was decrypted late; null when it was not. */
    MemorySegment revealed(long seq) {
        return feed == null ? null : feed.revealed(seq);
    }

    /**
     * @param epoch of the log, of which an earlier scan must be
     */
    Plan plan(Query query, long epoch) {
        var usable = new HashMap<>(views);
        usable.values().removeIf(MountedView::hasFailed);
        return Plan.of(query, new Indexes(usable), memory, epoch);
    }

    /** Whether all views are at a sequence, or can be brought there quickly. */
    boolean reach(long seq) {
        for (var view : views.values()) {
            if (view.since() < seq && !feed.reach(view, seq)) {
                return false;
            }
        }
        return true;
    }

    void await(long seq) {
        try {
            for (var view : views.values()) {
                feed.await(view, seq);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MillraceException(
                    ErrorCode.ERR_CANCELLED, "interrupted while views caught up", e);
        }
    }
}
