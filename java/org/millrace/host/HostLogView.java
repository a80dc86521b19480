package org.millrace.host;

import org.millrace.view.MountedView;
import org.millrace.view.View;
import org.millrace.view.ViewFeed;

/** A view of a log of ours: Java feeds it. */
class HostLogView extends HostView {
    private final ViewFeed feed;
    private final AutoCloseable subscription;

    HostLogView(Environment environment, ViewFeed feed, String name, View.Factory view) {
        this(environment, feed, feed.mount(name, view));
    }

    HostLogView(Environment environment, ViewFeed feed, MountedView mounted) {
        super(environment, mounted, feed.log());
        this.feed = feed;
        this.subscription = feed.onChange(this::wake);
    }

    @Override
    boolean reach(long seq) {
        return feed.reach(view(), seq);
    }

    @Override
    long target() {
        return feed.target();
    }

    @Override
    void rebuild() {
        feed.rebuild(view());
    }

    @Override
    void closeView() {
        try {
            subscription.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        feed.unmount(view());
    }
}
