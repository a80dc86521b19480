package org.millrace.view;

import org.millrace.codec.Message;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * The feed's side of a view: takes messages in, batch by batch, while no reader looks.
 *
 * <p><b>Threads.</b> Who feeds; {@link #noteReader} from any.
 */
final class ViewWriter {
    private final View view;
    private final ViewStore store;
    private final Progress progress;
    private final Standing standing;
    private final Lock reading;
    private final Lock writing;

    /** A reader waits, on a thread that should not have to index what came. */
    private volatile boolean isAwaited;

    ViewWriter(
            View view, ViewStore store, Progress progress, Standing standing, ReadWriteLock lock) {
        this.view = view;
        this.store = store;
        this.progress = progress;
        this.standing = standing;
        reading = lock.readLock();
        writing = lock.writeLock();
    }

    /** Last sequence that the view has taken in. */
    long since() {
        return progress.since();
    }

    /** How many of the decrypted records are in it as such. */
    int revealed() {
        return progress.revealed();
    }

    /** From here to {@link #end} no reader looks. */
    void begin() {
        writing.lock();
    }

    /** Between begin and end: whether a message is new to the view. */
    boolean wants(long seq) {
        return seq > progress.since() && standing.isAlive();
    }

    /** Between begin and end: one message. */
    void append(long seq, Message message) {
        try {
            view.append(seq, message);
        } catch (Throwable thrown) {
            standing.fail("at sequence " + seq, thrown);
        }
    }

    /** Readers may look; the view stands at {@code upTo}. */
    void end(long upTo, int records) {
        store.endBatch();
        if (standing.isAlive()) {
            progress.advance(upTo, records);
        }
        writing.unlock();
    }

    /** Whether {@link #appendAgain} will do; if not, the view must be built anew instead. */
    boolean isRepeatable() {
        return view.isRepeatable();
    }

    /** A record that was taken in before has been decrypted. */
    void appendAgain(long seq, Message before, Message after) {
        begin();
        var index = store.index();
        index.beginAgain();
        try {
            append(seq, before);
            index.nextAgain();
            append(seq, after);
        } finally {
            index.endAgain();
            end(progress.since(), 1);
        }
    }

    /** That many of the decrypted records are in the view as such, or will come so. */
    void tookRevealed(int entries) {
        begin();
        progress.tookRevealed(entries);
        writing.unlock();
    }

    /** A reader was told to wait. */
    void noteReader() {
        isAwaited = true;
    }

    /** Whoever waits for the view is about to be told that it is there. */
    void prepareForReaders() {
        if (isAwaited) {
            isAwaited = false;
            reading.lock();
            try {
                store.index().prepareForReaders();
            } finally {
                reading.unlock();
            }
        }
    }
}
