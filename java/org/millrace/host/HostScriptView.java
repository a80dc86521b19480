package org.millrace.host;

import org.millrace.memory.RecordBatch;
import org.millrace.view.HostedView;
import org.millrace.view.ViewFeed;

/**
 * A view that the host computes from a log of ours and leaves with Java to keep: a JavaScript
 * {@code map} or {@code reduce}.
 *
 * <p><b>Threads.</b> Calls from the host's thread.
 */
final class HostScriptView extends HostLogView {
    private final ViewFeed feed;
    private final HostedView hosted;

    HostScriptView(Environment environment, ViewFeed feed, HostedView hosted) {
        super(environment, feed, hosted.mounted());
        this.feed = feed;
        this.hosted = hosted;
    }

    HostedView hosted() {
        return hosted;
    }

    /**
     * MR_OP_VIEW_APPEND: what the records behind {@code since} up to {@code seq} have come to; in
     * the place of {@code durable_since} stands which beginning it was computed from, as {@link
     * #state} said it.
     */
    @Override
    void append(long call) {
        hosted.bring(
                (int) CallPage.number(call, CallPage.DURABLE_SINCE),
                CallPage.number(call, CallPage.SINCE),
                CallPage.number(call, CallPage.SEQ),
                RecordBatch.filled(CallPage.data(call), CallPage.index(call)),
                (int) CallPage.number(call, CallPage.COUNT));
        state(call);
    }

    /**
     * MR_OP_STATE: pending while it is full; the count is that of the log's deletions; in the place
     * of {@code durable_since} stands how often the view was begun anew.
     */
    @Override
    public void state(long call) {
        super.state(call);
        CallPage.set(call, CallPage.COUNT, feed.deletions());
        CallPage.set(call, CallPage.DURABLE_SINCE, view().beginnings());
        if (hosted.isFull()) {
            CallPage.set(call, CallPage.FLAGS, CallPage.FLAG_PENDING);
        }
    }

    @Override
    boolean reach(long seq) {
        return view().since() >= seq;
    }
}
