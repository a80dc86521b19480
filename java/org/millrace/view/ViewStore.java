package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.log.Log;
import org.millrace.log.Moves;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Where a view keeps what it knows, so that it survives: an {@link Index}, a {@link Dictionary},
 * {@link SortedKeys} and a {@link #state}. What a view keeps elsewhere it must be able to compute
 * from these.
 *
 * <p>A checkpoint has three parts, so that neither readers nor the feed wait for the disk: {@link
 * #freeze}, {@link #save} without a lock, {@link #publish}.
 *
 * <p><b>Threads.</b> See each method. {@code freeze}, {@code publish}, {@code restore}, {@code
 * clear} while the view stands still.
 *
 * <p><b>Durability.</b> A checkpoint counts when its manifest has its name; before that the log is
 * durable up to the checkpoint's sequence.
 */
public final class ViewStore {
    private final Log log;
    private final LogIdentity identity;
    private final Deleted deleted;
    private final Revealed revealed;
    private final Index index;
    private final Dictionary dictionary;
    private final SortedKeys keys;
    private final StatePart state;
    private final List<StoredPart> parts;
    private final MessageReader messages;

    /** Null: the view lives in memory only. */
    private final ViewFiles files;

    /** The checkpoints that count, newest first; two at most. */
    private List<ViewManifest> saved = List.of();

    private int version;

    /** The log's when the view began, or went on. */
    private volatile long epoch;

    /** What the log had dropped, as the view answers. */
    private volatile long droppedBefore;

    /** How many of the decrypted records it has taken in. */
    private int revealedTaken;

    private int dictionarySaved;

    // A checkpoint under way.
    private boolean isFrozen;
    private long frozenSince;
    private int frozenRevealed;
    private MemorySegment frozenTexts;
    private int frozenTextsCrc;

    ViewStore(
            Log log, MessageReader messages, Deleted deleted, Revealed revealed, ViewFiles files) {
        this.log = log;
        this.identity = new LogIdentity(log);
        this.messages = messages;
        this.deleted = deleted;
        this.revealed = revealed;
        this.files = files;
        this.index = new Index(deleted);
        this.dictionary = new Dictionary(index::hashSeed);
        this.keys = new SortedKeys(deleted);
        state = new StatePart(deleted);
        parts = List.of(new IndexPart(index, deleted), new SortedPart(keys, deleted), state);
    }

    /** In memory, for a view whose log is not ours. */
    static ViewStore inMemory() {
        var revealed = Revealed.inMemory();
        var messages = new MessageReader(null, null, revealed);
        return new ViewStore(null, messages, Deleted.inMemory(), revealed, null);
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

    /** The view's one list of texts. */
    public Dictionary dictionary() {
        return dictionary;
    }

    /** Reads messages of the log again, for answers that need more than was kept. */
    public MessageReader messages() {
        return messages;
    }

    /**
     * Goes back to the last checkpoint that this log and this version of the view have and that is
     * whole, or to nothing.
     *
     * @param forgets whether it counts though the log has dropped records since
     * @return its sequence; -1 = nothing
     */
    long restore(int viewVersion, boolean forgets) {
        version = viewVersion;
        isFrozen = false;
        follow();
        if (files != null) {
            for (var manifest : files.manifests()) {
                if (counts(manifest, forgets) && open(manifest)) {
                    saved = List.of(manifest);
                    revealedTaken = manifest.revealed();
                    files.deleteAllBut(saved);
                    return manifest.since();
                }
            }
        }
        clear();
        return -1;
    }

    private boolean counts(ViewManifest manifest, boolean forgets) {
        return manifest.viewVersion() == version
                && manifest.epoch() == epoch
                && (forgets || droppedBefore <= Math.max(0, manifest.firstSeq()))
                && manifest.revealed() <= revealed.count()
                && identity.matches(manifest);
    }

    /** From here on its answers are about the log as it is now. */
    private void follow() {
        epoch = log == null ? 0 : log.epoch();
        droppedBefore = deleted.droppedBefore();
    }

    /** While the view stands still: {@link Deleted} knows that the log has dropped records. */
    void dropped() {
        droppedBefore = deleted.droppedBefore();
    }

    /** Whether something is lost when the process dies now. */
    boolean isUnsaved(long since) {
        return files != null
                && (saved.isEmpty()
                        || saved.getFirst().since() != since
                        || saved.getFirst().revealed() != revealedTaken);
    }

    /** False when the log has moved or dropped records since: the feed sees to it. */
    boolean isCurrent() {
        return log == null || log.epoch() == epoch && log.droppedBefore() == droppedBefore;
    }

    /** Whether the log's records have moved since: what is known by their sequences is not so. */
    boolean hasMoved() {
        return log != null && log.epoch() != epoch;
    }

    int revealedTaken() {
        return revealedTaken;
    }

    void revealedTaken(int entries) {
        revealedTaken = entries;
    }

    boolean isPersistent() {
        return files != null;
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

    /** While the view stands still: sets aside what {@link #save} will write. */
    void freeze(long since) {
        if (!isFrozen) {
            isFrozen = true;
            parts.forEach(StoredPart::freeze);
            frozenSince = since;
            frozenRevealed = revealedTaken;
            frozenTexts = dictionary.fileBytes(dictionarySaved);
            frozenTextsCrc = dictionary.fileCrc();
        }
    }

    /** Beside reads and appends: writes what was frozen. May be tried again after a failure. */
    void save() {
        write(frozenSince, epoch, part -> part.save(files));
        if (hasMoved()) {
            parts.forEach(StoredPart::undoSave);
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED, "the log's records have moved while it was saved");
        }
    }

    /**
     * Whether everything that it keeps can be kept with the sequences that records have now. Then
     * {@link #freeze}, {@link #saveMoved}, {@link #publishMoved} do it, a checkpoint like any
     * other.
     */
    boolean canMove(long since, Moves moves) {
        return files != null
                && !isFrozen // by a save that failed: what came since would be left out
                && epoch == moves.from()
                && moves.upTo(since) >= 0
                && parts.stream().allMatch(StoredPart::canMove);
    }

    /** Beside appends, of which there are none, and reads, which find nothing. */
    void saveMoved(Moves moves) {
        saved = List.of(); // for they are of the log as it was
        write(moves.upTo(frozenSince), moves.to(), part -> part.move(moves::of, files));
    }

    /**
     * While the view stands still.
     *
     * @param begin told where it goes on
     */
    void publishMoved(Moves moves, LongConsumer begin) {
        publish();
        begin.accept(saved.getFirst().since());
        epoch = moves.to(); // last: who looks without the lock never sees it where it was
    }

    private void write(long since, long ofEpoch, Function<StoredPart, List<TableEntry>> how) {
        log.drain();
        revealed.sync();
        if (frozenTexts.byteSize() > 0) {
            files.appendToDictionary(dictionarySaved, frozenTexts);
        }
        try {
            writeManifest(since, ofEpoch, how);
        } catch (RuntimeException | Error e) {
            parts.forEach(StoredPart::undoSave);
            throw e;
        }
    }

    private void writeManifest(
            long since, long ofEpoch, Function<StoredPart, List<TableEntry>> how) {
        var entries = new ArrayList<TableEntry>();
        for (var part : parts) {
            entries.addAll(how.apply(part));
        }
        var manifest =
                new ViewManifest(
                        version,
                        files.takeNumber(),
                        index.hashSeed(),
                        index.tagSeed(),
                        since,
                        identity.crc(since),
                        firstSeq(),
                        identity.crc(firstSeq()),
                        dictionarySaved + frozenTexts.byteSize(),
                        frozenTextsCrc,
                        ofEpoch,
                        frozenRevealed,
                        List.copyOf(entries));
        files.write(manifest);
        saved = saved.isEmpty() ? List.of(manifest) : List.of(manifest, saved.getFirst());
    }

    /** While the view stands still: reads what was saved from the disk from now on. */
    void publish() {
        parts.forEach(StoredPart::publish);
        dictionarySaved += (int) frozenTexts.byteSize();
        isFrozen = false;
        files.deleteAllBut(saved);
    }

    /** While the view stands still: the damaged file is gone; what needs it is not used again. */
    void drop(DamagedFile damage) {
        if (files != null) {
            parts.forEach(StoredPart::clear);
            files.deleteTable(damage.number());
        }
    }

    /** Forgets everything, on disk too. */
    void clear() {
        isFrozen = false;
        parts.forEach(StoredPart::clear);
        dictionary.clear();
        dictionarySaved = 0;
        revealedTaken = revealed.count(); // all of them will come as they were decrypted
        follow();
        saved = List.of();
        if (files != null) {
            files.deleteAllBut(List.of());
        }
    }

    void destroy() {
        close();
        if (files != null) {
            files.destroy();
        }
    }

    void close() {
        parts.forEach(StoredPart::close);
        dictionary.close();
    }

    private boolean open(ViewManifest manifest) {
        index.seeds(manifest.hashSeed(), manifest.tagSeed());
        for (var part : parts) {
            var entries =
                    manifest.tables().stream()
                            .filter(entry -> entry.kind() == part.kind())
                            .toList();
            if (!part.restore(entries, files)) {
                parts.forEach(StoredPart::clear);
                return false;
            }
        }
        dictionarySaved = (int) manifest.dictionaryBytes();
        return files.readDictionary(manifest, dictionary);
    }

    /**
     * The log's first when the view began, dropped since or not; a view of an empty log has none.
     */
    private long firstSeq() {
        return saved.isEmpty() || saved.getFirst().firstSeq() < 0
                ? identity.firstSeq()
                : saved.getFirst().firstSeq();
    }
}
