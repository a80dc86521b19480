package org.millrace.host;

import org.millrace.log.block.CompactionProgress;

import java.util.function.Consumer;

/**
 * One thing that takes long and that the host's thread does not wait for: its handle is woken when
 * it is over, and now and then before.
 *
 * <p><b>Threads.</b> Runs on one of {@link Background}; asked from any.
 */
final class HostTask implements AutoCloseable {
    /** What is done; answers what {@code task.look} adds once it is over. */
    interface Work {
        Reply run(Consumer<CompactionProgress> progress);
    }

    private static final long TELL_NANOS = 1_000_000_000;

    private final Environment environment;
    private final Work work;
    private final long handle;
    private CompactionProgress progress;
    private long toldAt;
    private Reply result;
    private Throwable failure;
    private boolean over;

    HostTask(Environment environment, Work work) {
        this.environment = environment;
        this.work = work;
        this.handle = environment.add(this);
    }

    static void register() {
        Operations.add("task.look", HostTask::look);
        Operations.add("task.wait", HostTask::await);
    }

    /** Begins; the reply names the task's {@code handle}. */
    Reply start() {
        Background.run(this::run);
        return new Reply().put("handle", handle);
    }

    /** {@code handle} -> how far a task is; a task that is over is forgotten. */
    private static Reply look(Request request) {
        long task = request.number("handle");
        request.done();
        return Handles.get(task, HostTask.class).look();
    }

    /** {@code handle}: returns when the task is over; {@code task.look} tells what came of it. */
    private static Reply await(Request request) {
        long task = request.number("handle");
        request.done();
        Handles.get(task, HostTask.class).close();
        return new Reply();
    }

    private void run() {
        Reply found = null;
        Throwable thrown = null;
        try {
            found = work.run(this::progressed);
        } catch (Throwable e) {
            thrown = e;
        }
        synchronized (this) {
            result = found;
            failure = thrown;
            over = true;
            notifyAll();
        }
        environment.wake(handle);
    }

    private void progressed(CompactionProgress next) {
        synchronized (this) {
            long now = System.nanoTime();
            if (progress != null && now - toldAt < TELL_NANOS) {
                return;
            }
            progress = next;
            toldAt = now;
        }
        environment.wake(handle);
    }

    /**
     * {@code state} running, done or failed, the progress last told, what came out or went wrong. A
     * task that is over is forgotten.
     */
    synchronized Reply look() {
        String state = !over ? "running" : failure == null ? "done" : "failed";
        var reply = new Reply().put("state", state);
        if (over) {
            environment.close(handle, () -> {});
        }
        if (failure != null) {
            reply.put("code", Errors.code(failure).name()).put("text", Errors.text(failure));
        }
        if (progress != null) {
            put(reply, progress);
        }
        if (result != null) {
            reply.putAll(result);
        }
        return reply;
    }

    static void put(Reply reply, CompactionProgress progress) {
        reply.put("startOffset", progress.startOffset())
                .put("compactedOffset", progress.compactedOffset())
                .put("unshiftedOffset", progress.unshiftedOffset())
                .put("percent", Double.toString(progress.percent()));
    }

    /** With the environment: waits, for what it does must not outlive the log. */
    @Override
    public synchronized void close() {
        boolean interrupted = false;
        while (!over) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
