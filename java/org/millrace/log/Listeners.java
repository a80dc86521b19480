package org.millrace.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who wants to know that a log moved. Threads: any; called with no lock held. */
final class Listeners {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    AutoCloseable add(Runnable listener) {
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

    void fire() {
        for (var listener : listeners) {
            listener.run();
        }
    }
}
