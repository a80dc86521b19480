package org.millrace.host;

import org.millrace.memory.RecordBatch;
import org.millrace.view.FedView;

/** A view of a log that only the host knows: the host brings the records. */
final class HostFedView extends HostView {
    private final FedView fed;

    HostFedView(Environment environment, FedView fed) {
        super(environment, fed.view(), null);
        this.fed = fed;
    }

    @Override
    void append(long call) {
        fed.append(RecordBatch.filled(CallPage.data(call), CallPage.index(call)));
        CallPage.set(call, CallPage.SINCE, view().since());
    }

    /** Whatever the host has not brought yet cannot be reached here. */
    @Override
    boolean reach(long seq) {
        return view().since() >= seq;
    }

    @Override
    void rebuild() {
        fed.clear();
    }

    @Override
    void closeView() {
        fed.close();
    }
}
