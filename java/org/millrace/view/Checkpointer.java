package org.millrace.view;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The thread that saves views: those that ask for it at once, the others every few seconds.
 *
 * <p><b>Threads.</b> Any. <b>Limits.</b> The queue holds each view once at most.
 */
final class Checkpointer implements AutoCloseable {
    private static final long INTERVAL_MS = 10_000;

    private final Iterable<MountedView> views;
    private final LinkedBlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    Checkpointer(Iterable<MountedView> views) {
        this.views = views;
        thread = Thread.ofPlatform().daemon().name("millrace-checkpoints").start(this::run);
    }

    /** Saves the view soon. */
    void request(MountedView view) {
        if (view.beginRequest()) {
            asked.add(view::checkpoint);
        }
    }

    /** Ends the thread after what it has under way. */
    @Override
    public void close() {
        closed = true;
        asked.add(() -> {});
        Threads.join(thread);
    }

    private void run() {
        while (!closed) {
            try {
                var next = asked.poll(INTERVAL_MS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                } else {
                    views.forEach(MountedView::checkpoint);
                }
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt it, and file I/O must not be interrupted.
                Thread.interrupted();
            }
        }
    }
}
