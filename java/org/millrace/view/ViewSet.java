package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.codec.Scanner;
import org.millrace.memory.RecordBatch;

import java.util.List;

/**
 * Takes batches of records into views: each record is scanned once, whatever the number of views.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * <p><b>Memory.</b> Borrows the batch for the call.
 */
final class ViewSet {
    private final Scanner scanner;
    private final Revealed revealed;
    private final Message message = new Message();

    ViewSet(Encoding encoding, Revealed revealed) {
        this.revealed = revealed;
        scanner = encoding.scanner();
    }

    /** Brings a batch to those of the views that lack it, and moves their {@code since}. */
    void apply(RecordBatch batch, List<ViewWriter> views) {
        if (batch.count() == 0) {
            return;
        }
        for (var view : views) {
            view.begin();
        }
        try {
            for (int i = 0; i < batch.count(); i++) {
                append(batch, i, views);
            }
        } finally {
            long last = batch.seq(batch.count() - 1);
            for (var view : views) {
                view.end(Math.max(view.since(), last), batch.count());
            }
        }
    }

    private void append(RecordBatch batch, int record, List<ViewWriter> views) {
        long seq = batch.seq(record);
        if (batch.isDeleted(record) || !scan(batch, record, seq)) {
            return;
        }
        for (var view : views) {
            if (view.wants(seq)) {
                view.append(seq, message);
            }
        }
    }

    private boolean scan(RecordBatch batch, int record, long seq) {
        var plain = revealed.of(seq);
        return plain == null
                ? scanner.scan(batch.data(), batch.start(record), batch.length(record), message)
                : scanner.scan(plain, 0, (int) plain.byteSize(), message);
    }
}
