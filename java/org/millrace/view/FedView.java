package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.memory.RecordBatch;

import java.util.List;

/**
 * A view whose log is not ours: somebody brings the records, in order, batch by batch. It lives in
 * memory.
 *
 * <p><b>Threads.</b> Appends one at a time; reads from any thread.
 */
public final class FedView implements AutoCloseable {
    private final MountedView mounted;
    private final ViewSet set;

    public FedView(String name, View.Factory factory, Encoding encoding) {
        var store = ViewStore.inMemory();
        mounted = new MountedView(name, factory.create(store), store, () -> {});
        set = new ViewSet(encoding, Revealed.inMemory());
    }

    public MountedView view() {
        return mounted;
    }

    /** Takes in what is behind the view's {@code since}; borrows the batch for the call. */
    public synchronized void append(RecordBatch batch) {
        set.apply(batch, List.of(mounted));
    }

    /** Forgets everything: the log will come again from its beginning. */
    public synchronized void clear() {
        mounted.clear();
    }

    @Override
    public void close() {
        mounted.close();
    }
}
