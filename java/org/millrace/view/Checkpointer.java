package org.millrace.view;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * When views are saved, and the thread that does it: soon after they have come far, when their
 * memory is full, and every few seconds.
 *
 * <p><b>Threads.</b> Any. <b>Limits.</b> The queue holds each view once at most.
 */
final class Checkpointer implements AutoCloseable {
    private static final long INTERVAL_MS = 10_000;

    /** A view that has caught up is saved when a crash would cost it more than these records. */
    private static final int RECORDS_UNSAVED_MAX = 10_000;

    private final List<MountedView> views;
    private final LinkedBlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param views as they are at any time; safe to go through while some are added
     */
    Checkpointer(List<MountedView> views) {
        this.views = views;
        thread = Thread.ofPlatform().daemon().name("millrace-checkpoints").start(this::run);
    }

    /** The views have caught up. */
    void noteCaughtUp() {
        for (var view : views) {
            if (view.saving().recordsUnsaved() > RECORDS_UNSAVED_MAX) {
                request(view);
            }
        }
    }

    /**
     * A view that the feed does not feed has moved.
     *
     * @param hasCaughtUp or rests often enough to be saved each time
     */
    void noteMoved(MountedView view, boolean hasCaughtUp) {
        var saving = view.saving();
        boolean isDue = hasCaughtUp && saving.recordsUnsaved() > RECORDS_UNSAVED_MAX;
        if (saving.fullness() >= 1 || isDue) {
            request(view);
        }
    }

    /** The bound of a view's memory: first it is saved in the background, then waited for. */
    void makeRoom(MountedView view) {
        double fullness = view.saving().fullness();
        if (fullness >= 2) {
            view.saving().makeRoom();
        } else if (fullness >= 1) {
            request(view);
        }
    }

    /** Whether feeding would have to wait until something is on disk. */
    boolean isRoomNeeded() {
        for (var view : views) {
            if (view.saving().fullness() >= 2) {
                return true;
            }
        }
        return false;
    }

    /** Ends the thread after what it has under way. */
    @Override
    public void close() {
        closed = true;
        asked.add(() -> {});
        Threads.join(thread);
    }

    private void request(MountedView view) {
        if (view.saving().beginRequest()) {
            asked.add(view.saving()::run);
        }
    }

    private void run() {
        while (!closed) {
            try {
                var next = asked.poll(INTERVAL_MS, TimeUnit.MILLISECONDS);
                if (next != null) {
                    next.run();
                } else {
                    views.forEach(view -> view.saving().run());
                }
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt it, and file I/O must not be interrupted.
                Thread.interrupted();
            }
        }
    }
}
