package org.millrace.view;

import org.millrace.codec.Message;

import java.util.Map;

/**
 * A result computed from a log, record by record: an index, a count, a graph.
 *
 * <p>Whoever writes one says what a message adds ({@link #append}) and how it is read ({@link
 * #methods}); {@link ViewFeed} brings the messages, keeps the position and lets readers wait. A
 * view that keeps all it knows in its {@link ViewStore} is persistent, survives crashes, and
 * forgets deleted records without another line; {@code ChannelsExample} in the tests
 * (org.millrace.view.example) is one of 40 lines.
 *
 * <p><b>Threads.</b> {@code append}, {@code clear} and {@code deleted} are called by one thread at
 * a time and never beside a read method; read methods may run beside each other.
 *
 * <p><b>Memory.</b> The message is borrowed: it shows the next one when {@code append} returns.
 *
 * <p><b>Errors.</b> Messages are attacker-controlled: a field may be missing, of another kind, or
 * huge. What {@code append} throws fails this view, not the others; reads then answer
 * ERR_VIEW_FAILED until it is rebuilt.
 */
public interface View extends AutoCloseable {
    /** Makes a view over its store. */
    @FunctionalInterface
    interface Factory {
        /** Called once; the store is empty yet, what was saved comes into it afterwards. */
        View create(ViewStore store);
    }

    /** Raised when the meaning of what is stored changes: then the view is built anew. */
    int version();

    /** Takes in one message, in log order. Deleted records and what is no message do not come. */
    void append(long seq, Message message);

    /** What readers may call, by name. */
    Map<String, ViewMethod> methods();

    /**
     * Forgets what it keeps outside of its store, which was emptied, went back in time, lost what
     * the log has dropped, or follows records to other sequences.
     */
    default void clear() {}

    /** Whether deleted records vanish from its answers; if not, a deletion builds it anew. */
    default boolean forgets() {
        return true;
    }

    /**
     * Whether a record may come a second time, later than others, because its content was decrypted
     * only now: true when all that {@link #append} does is add postings to the index and texts to
     * the dictionary. Then it gets what is new; if not, the view is built anew.
     */
    default boolean isRepeatable() {
        return false;
    }

    /**
     * Whether it is right still when the log's records get other sequences, in the same order: true
     * when all sequences that its store has are those of its index' postings and of its keys, and
     * none is an order, a key, a text. Then a compaction writes it again with the new ones; if not,
     * it is built anew.
     */
    default boolean isMovable() {
        return false;
    }

    /** A record that may have been taken in is gone; the store's index knows it already. */
    default void deleted(long seq) {}

    @Override
    default void close() {}
}
