package org.millrace.host;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Cold operations that write, sync or remove files: each answers with a {@link HostTask} at once,
 * so that the host's thread waits for no disk.
 */
final class LongOperations {
    private LongOperations() {}

    static void register() {
        Operations.add("task.close", LongOperations::close);
        Operations.add("task.rebuild", LongOperations::rebuild);
        Operations.add("task.delete", LongOperations::delete);
    }

    /**
     * {@code handles} of views and logs, {@code after} those of tasks, each with commas between ->
     * a task's {@code handle}: when those tasks are over, saves and closes these in this order.
     * Nobody reaches them any more when this returns.
     */
    private static Reply close(Request request) {
        var environment = request.environment();
        var things = new ArrayList<AutoCloseable>();
        for (long task : numbers(request.text("after", ""))) {
            things.add(Handles.get(task, HostTask.class)); // whose close waits
        }
        for (long handle : numbers(request.text("handles"))) {
            things.add(Handles.get(handle, AutoCloseable.class));
            environment.forget(handle);
        }
        request.done();
        return new HostTask(environment, progress -> closeAll(things)).start();
    }

    private static List<Long> numbers(String list) {
        return list.isEmpty() ? List.of() : Stream.of(list.split(",")).map(Long::valueOf).toList();
    }

    private static Reply closeAll(List<AutoCloseable> things) {
        RuntimeException failure = null;
        for (var thing : things) {
            try {
                Environment.close(thing);
            } catch (RuntimeException thrown) {
                if (failure == null) {
                    failure = thrown;
                } else {
                    failure.addSuppressed(thrown);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return new Reply();
    }

    /**
     * {@code view} -> a task's {@code handle}: the view's files are gone and it begins anew; that
     * waits for a save under way.
     */
    private static Reply rebuild(Request request) {
        var view = Handles.get(request.number("view"), HostView.class);
        request.done();
        var task =
                new HostTask(
                        request.environment(),
                        progress -> {
                            view.rebuild();
                            return new Reply();
                        });
        return task.start();
    }

    /** {@code log} -> a task's {@code handle}: what was hidden since the last one is deleted. */
    private static Reply delete(Request request) {
        var deletions = Handles.get(request.number("log"), HostLog.class).deletions();
        request.done();
        var batch = deletions.take();
        var task =
                new HostTask(
                        request.environment(),
                        progress -> {
                            deletions.carryOut(batch);
                            return new Reply();
                        });
        return task.start();
    }
}
