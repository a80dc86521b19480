package org.millrace.log.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who wants to know that a log moved. Threads: any; called with no lock held. */
public final class Listeners {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    public AutoCloseable add(Runnable listener) {
        var entry =
                new Runnable() {
                    @Override
                    public void run() {
                        listener.run();
                    }
                };
        listeners.add(entry);
        return () -> listeners.remove(entry);
    }

    public void fire() {
        for (var listener : listeners) {
            listener.run();
        }
    }
}
