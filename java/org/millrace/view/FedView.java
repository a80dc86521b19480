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
        var deleted = Deleted.inMemory();
        var revealed = Revealed.inMemory();
        var store = new ViewStore(new MessageReader(null, null, revealed), deleted);
        var view = factory.create(store);
        var log = new KnownLog(null, deleted);
        var checkpoints = new Checkpoints(view, store, log, revealed, null);
        mounted = new MountedView(name, view, store, checkpoints, () -> {});
        set = new ViewSet(encoding, revealed);
    }

    public MountedView view() {
        return mounted;
    }

    /** Takes in what is behind the view's {@code since}; borrows the batch for the call. */
    public synchronized void append(RecordBatch batch) {
        set.apply(batch, List.of(mounted.writer()));
    }

    /** Forgets everything: the log will come again from its beginning. */
    public synchronized void clear() {
        mounted.lifecycle().clear();
    }

    @Override
    public void close() {
        mounted.lifecycle().close();
    }
}
