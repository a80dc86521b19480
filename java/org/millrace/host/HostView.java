package org.millrace.host;

import org.millrace.log.Log;
import org.millrace.view.MountedView;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewProgress;

/**
 * A view as its host sees it: point reads without an object, waiting without blocking the host.
 *
 * <p><b>Threads.</b> Calls from the host's thread.
 */
abstract class HostView implements AutoCloseable, HasState {
    private final Environment environment;
    private final MountedView view;
    private final ViewMethod.Lookup lookup;
    private final long handle;

    /**
     * @param log that the view is about; null when it is the host's own
     */
    HostView(Environment environment, MountedView view, Log log) {
        this.environment = environment;
        this.view = view;
        this.lookup = lookup(view);
        this.handle = environment.add(this);
        NodeViews.add(view.name(), log, view);
    }

    /** A view has one lookup at most, so that the page needs no name for it. */
    private static ViewMethod.Lookup lookup(MountedView view) {
        for (var method : view.methods().values()) {
            if (method instanceof ViewMethod.Lookup lookup) {
                return lookup;
            }
        }
        return null;
    }

    /** Brings the view to {@code seq} when that is quick; false: a wake comes when it is there. */
    abstract boolean reach(long seq);

    /** How far and how fast. */
    ViewProgress progress() {
        return view.progress(target());
    }

    /** Last sequence there is to take in. */
    long target() {
        return view.since();
    }

    /** Builds the view anew; a view that the host feeds begins empty and waits for the host. */
    abstract void rebuild();

    @Override
    public final void close() {
        NodeViews.remove(view);
        closeView();
    }

    abstract void closeView();

    long handle() {
        return handle;
    }

    Environment environment() {
        return environment;
    }

    MountedView view() {
        return view;
    }

    void wake() {
        environment.wake(handle);
    }

    /** MR_OP_VIEW_APPEND. */
    void append(long call) {
        throw Errors.argument("view " + view.name() + " is fed by Java");
    }

    /** MR_OP_VIEW_GET. */
    void get(long call) {
        if (lookup == null) {
            throw Errors.argument("view " + view.name() + " has no lookup method");
        }
        CallPage.set(call, CallPage.FLAGS, 0);
        long seq = CallPage.number(call, CallPage.SEQ);
        if (seq >= 0 && !reach(seq)) {
            CallPage.set(call, CallPage.FLAGS, CallPage.FLAG_PENDING);
            return;
        }
        CallPage.set(call, CallPage.SEQ, view.find(lookup, CallPage.data(call)));
    }

    @Override
    public void state(long call) {
        reach(CallPage.number(call, CallPage.SEQ));
        CallPage.set(call, CallPage.SINCE, view.answersUpTo());
        CallPage.set(call, CallPage.FLAGS, view.hasFailed() ? CallPage.FLAG_FAILED : 0);
    }
}
