package org.millrace.host;

import org.millrace.memory.RecordBatch;
import org.millrace.view.MessageKeysView;
import org.millrace.view.ViewFeed;

/**
 * One of ssb-db's indexes: Java feeds it, and leaves some records to the host's own map.
 *
 * <p><b>Threads.</b> Calls from the host's thread.
 */
final class HostKeysView extends HostLogView {
    private final MessageKeysView keys;

    private HostKeysView(Environment environment, ViewFeed feed, MessageKeysView keys) {
        super(environment, feed, keys.mounted());
        this.keys = keys;
    }

    static void register() {
        Operations.add("keys.open", HostKeysView::open);
        Operations.add("keys.leaveAll", HostKeysView::leaveAll);
    }

    /**
     * {@code index} of {@link MessageKeysView#mount}, {@code name}, {@code encoding}, {@code log};
     * answers as {@code view.open}.
     */
    private static Reply open(Request request) {
        var encoding = ViewOperations.encoding(request.text("encoding", "json"));
        var feed = Handles.get(request.number("log"), HostLog.class).views(encoding);
        String name = request.text("name");
        String index = request.text("index");
        request.done();
        var keys = MessageKeysView.mount(feed, name, index);
        return ViewOperations.opened(new HostKeysView(request.environment(), feed, keys));
    }

    /** {@code handle}: the host sees every record otherwise than it stands in the log. */
    private static Reply leaveAll(Request request) {
        var view = Handles.get(request.number("handle"), HostKeysView.class);
        request.done();
        view.keys.leaveAll();
        return new Reply();
    }

    /**
     * MR_OP_VIEW_APPEND: the keys of records that were left to the host, up to {@code seq}; {@code
     * durable_since} as {@link #state} said it before those were asked for.
     */
    @Override
    void append(long call) {
        long upTo = CallPage.number(call, CallPage.SEQ);
        keys.bring(
                (int) CallPage.number(call, CallPage.DURABLE_SINCE),
                upTo,
                RecordBatch.filled(CallPage.data(call), CallPage.index(call)));
        state(call);
    }

    /**
     * MR_OP_STATE: the count is 1 while records are left to the host; in the place of {@code
     * durable_since} stands how often the view was begun anew.
     */
    @Override
    public void state(long call) {
        super.state(call);
        CallPage.set(call, CallPage.DURABLE_SINCE, view().beginnings());
        boolean isAnswering = CallPage.number(call, CallPage.SINCE) >= 0 && !view().hasFailed();
        CallPage.set(call, CallPage.COUNT, isAnswering && keys.hasLeft() ? 1 : 0);
    }
}
