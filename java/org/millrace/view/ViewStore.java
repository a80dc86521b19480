package org.millrace.view;

import java.util.List;

/**
 * Where a view keeps what it knows, so that it survives: an {@link Index}, a {@link Dictionary},
 * {@link SortedKeys} and a {@link #state}. What a view keeps elsewhere it must be able to compute
 * from these. {@link Checkpoints} bring them to the disk.
 *
 * <p><b>Threads.</b> Filled by whoever appends to the view, never beside a read; many readers.
 */
public final class ViewStore {
    private final Index index;
    private final Dictionary dictionary;
    private final SortedKeys keys;
    private final StatePart state;
    private final List<StoredPart> parts;
    private final MessageReader messages;

    ViewStore(MessageReader messages, Deleted deleted) {
        this.messages = messages;
        index = new Index(deleted);
        dictionary = new Dictionary(index::hashSeed);
        keys = new SortedKeys(deleted);
        state = new StatePart(deleted);
        parts = List.of(new IndexPart(index, deleted), new SortedPart(keys, deleted), state);
    }

    /** The view's one index. */
    public Index index() {
        return index;
    }

    /** The view's one list of keys in order. */
    public SortedKeys keys() {
        return keys;
    }

    /** Bytes that only the view understands, as last set; null = none. Not to be changed. */
    public byte[] state() {
        return state.bytes();
    }

    /** Replaces them as a whole; takes over the array. By whoever appends to the view. */
    public void state(byte[] bytes) {
        state.set(bytes);
    }

    /** From here on the state counts though records were deleted since it was saved. */
    void keepStateInSpiteOfDeletions() {
        state.outlive();
    }

    /** The view's one list of texts. */
    public Dictionary dictionary() {
        return dictionary;
    }

    /** Reads messages of the log again, for answers that need more than was kept. */
    public MessageReader messages() {
        return messages;
    }

    /** All but the texts, as they are saved. */
    List<StoredPart> parts() {
        return parts;
    }

    /** How full its memory is: at 1 it should be saved, at 2 it must be. */
    double fullness() {
        return Math.max(
                index.inMemory() / (double) Index.POSTINGS_MAX,
                keys.inMemoryBytes() / (double) SortedKeys.BYTES_MAX);
    }

    /** Before readers may look again: what was added is there. */
    void endBatch() {
        index.endBatch();
        keys.endBatch();
    }

    void close() {
        parts.forEach(StoredPart::close);
        dictionary.close();
    }
}
