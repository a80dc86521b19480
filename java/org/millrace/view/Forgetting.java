package org.millrace.view;

import org.millrace.log.Log;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How a log's views part with records: {@link #hide}, in memory; {@link #remember}, on disk; then
 * the log deletes them, {@link Log#delete}; then {@link #forget}.
 *
 * <p>A crash before {@code remember} has returned leaves the records, in the log as in its views; a
 * crash behind it none of them, for opening the views finishes what was begun.
 *
 * <p><b>Threads.</b> {@code hide} any, without waiting for a disk; the others one at a time.
 */
public final class Forgetting {
    private final List<MountedView> views;
    private final Amendments amendments;
    private final Feeder feeder;
    private final FeedSignals signals;
    private final AtomicInteger changes;

    /**
     * @param changes raised with what views answer
     */
    Forgetting(
            List<MountedView> views,
            Amendments amendments,
            Feeder feeder,
            FeedSignals signals,
            AtomicInteger changes) {
        this.views = views;
        this.amendments = amendments;
        this.feeder = feeder;
        this.signals = signals;
        this.changes = changes;
    }

    /**
     * From now on no view answers with a record, but for a state that was computed from it. Until
     * it is remembered that is nowhere but in memory; views go on to take it in and to save it.
     */
    public void hide(long seq) {
        amendments.deleted().hide(seq);
        views.forEach(view -> view.lifecycle().deleted(seq));
        changes.incrementAndGet();
    }

    /** The log's records have moved: what was hidden has other sequences now. */
    public void showAll() {
        amendments.deleted().showAll();
        changes.incrementAndGet();
    }

    /** Before the log deletes them: makes it durable that no view answers with them. Repeatable. */
    public void remember(long... seqs) {
        feeder.follow();
        amendments.remember(seqs);
    }

    /** The log has deleted them. A view from which nothing can be taken is built anew. */
    public void forget(long... seqs) {
        amendments.forget(seqs);
        long first = Arrays.stream(seqs).min().orElse(Long.MAX_VALUE);
        for (var view : views) {
            if (view.lifecycle().forgets()) {
                Arrays.stream(seqs).forEach(view.lifecycle()::deleted);
            } else {
                feeder.lose(view, first);
            }
        }
        amendments.deleted().settle(seqs);
        changes.incrementAndGet();
        signals.announce();
    }
}
