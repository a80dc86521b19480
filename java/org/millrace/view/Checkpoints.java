package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.log.Moves;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a view's store held at a {@link Position}, kept on disk: the last two checkpoints.
 *
 * <p>One is made in three parts, so that neither readers nor the feed wait for the disk: {@link
 * #freeze}, {@link #save} without a lock, {@link #publish}. To write it with other sequences goes
 * the same way.
 *
 * <p><b>Threads.</b> {@code save} and {@link #saveMoved} beside reads and appends; all else while
 * the view stands still. One at a time.
 *
 * <p><b>Durability.</b> A checkpoint counts when its manifest has its name; before that the log is
 * durable up to the checkpoint's sequence.
 */
final class Checkpoints {
    private final View view;
    private final ViewStore store;
    private final KnownLog log;
    private final Revealed revealed;
    private final DictionaryFile texts;

    /** Null: the view lives in memory only. */
    private final ViewFiles files;

    /** Those that count, newest first. */
    private List<ViewManifest> saved = List.of();

    /** Of the checkpoint under way, which a failed save may have left; null = there is none. */
    private Position frozen;

    Checkpoints(View view, ViewStore store, KnownLog log, Revealed revealed, ViewFiles files) {
        this.view = view;
        this.store = store;
        this.log = log;
        this.revealed = revealed;
        this.files = files;
        texts = new DictionaryFile(store.dictionary());
    }

    boolean arePersistent() {
        return files != null;
    }

    /** The log that they are of. */
    KnownLog log() {
        return log;
    }

    /**
     * Goes back to the last one that this log and this version of the view have and that is whole,
     * or to nothing.
     */
    Position restore() {
        frozen = null;
        log.follow();
        if (files != null) {
            for (var manifest : files.manifests()) {
                if (counts(manifest) && open(manifest)) {
                    saved = List.of(manifest);
                    files.deleteAllBut(saved);
                    return Position.of(manifest);
                }
            }
        }
        clear();
        return beginning();
    }

    /** Where a view stands that has nothing: what is decrypted by now will come as such. */
    Position beginning() {
        return new Position(-1, revealed.count());
    }

    private boolean counts(ViewManifest manifest) {
        return manifest.viewVersion() == view.version()
                && manifest.revealed() <= revealed.count()
                && log.isOf(manifest, view.forgets());
    }

    private boolean open(ViewManifest manifest) {
        store.index().seeds(manifest.hashSeed(), manifest.tagSeed());
        for (var part : store.parts()) {
            var entries =
                    manifest.tables().stream()
                            .filter(entry -> entry.kind() == part.kind())
                            .toList();
            if (!part.restore(entries, files)) {
                store.parts().forEach(StoredPart::clear);
                return false;
            }
        }
        return texts.restore(manifest, files);
    }

    /** Whether something is lost when the process dies now. */
    boolean lack(Position at) {
        return files != null
                && (saved.isEmpty()
                        || store.keys().inMemoryBytes() > 0 // some come later than their records
                        || !Position.of(saved.getFirst()).equals(at));
    }

    /** Sets aside what {@link #save} will write, unless a save that failed has left that. */
    void freeze(Position at) {
        if (frozen == null) {
            frozen = at;
            store.parts().forEach(StoredPart::freeze);
            texts.freeze();
        }
    }

    /** Writes what was frozen. May be tried again after a failure. */
    void save() {
        write(frozen.since(), log.epoch(), part -> part.save(files));
        if (log.hasMoved()) {
            store.parts().forEach(StoredPart::undoSave);
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_FAILED, "the log's records have moved while it was saved");
        }
    }

    /** Reads what was saved from the disk from now on. */
    void publish() {
        store.parts().forEach(StoredPart::publish);
        texts.publish();
        frozen = null;
        files.deleteAllBut(saved);
    }

    /**
     * Whether everything in the store can be kept with the sequences that records have now. Then
     * {@link #freeze}, {@link #saveMoved}, {@link #publishMoved} do it, a checkpoint like any
     * other.
     */
    boolean canMove(long since, Moves moves) {
        return files != null
                && frozen == null // by a save that failed: what came since would be left out
                && log.epoch() == moves.from()
                && moves.upTo(since) >= 0
                && store.parts().stream().allMatch(StoredPart::canMove);
    }

    /** Beside appends, of which there are none, and reads, which find nothing. */
    void saveMoved(Moves moves) {
        saved = List.of(); // for they are of the log as it was
        write(moves.upTo(frozen.since()), moves.to(), part -> part.move(moves::of, files));
    }

    /**
     * Reads what was saved, as {@link #publish} does.
     *
     * @param begin told where the view goes on
     */
    void publishMoved(Moves moves, Consumer<Position> begin) {
        publish();
        begin.accept(Position.of(saved.getFirst()));
        log.movedTo(moves.to()); // last: who looks without the lock never sees it where it was
    }

    private void write(long since, long epoch, Function<StoredPart, List<TableEntry>> how) {
        log.drain();
        revealed.sync();
        texts.save(files);
        try {
            var entries = new ArrayList<TableEntry>();
            for (var part : store.parts()) {
                entries.addAll(how.apply(part));
            }
            var manifest = manifest(since, epoch, List.copyOf(entries));
            files.write(manifest);
            saved = saved.isEmpty() ? List.of(manifest) : List.of(manifest, saved.getFirst());
        } catch (RuntimeException | Error e) {
            store.parts().forEach(StoredPart::undoSave);
            throw e;
        }
    }

    private ViewManifest manifest(long since, long epoch, List<TableEntry> entries) {
        var identity = log.identity();
        long first = firstSeq();
        return new ViewManifest(
                view.version(),
                files.takeNumber(),
                store.index().hashSeed(),
                store.index().tagSeed(),
                since,
                identity.crc(since),
                first,
                identity.crc(first),
                texts.bytes(),
                texts.crc(),
                epoch,
                frozen.revealed(),
                entries);
    }

    /**
     * The log's first when the view began, dropped since or not; a view of an empty log has none.
     */
    private long firstSeq() {
        return saved.isEmpty() || saved.getFirst().firstSeq() < 0
                ? log.identity().firstSeq()
                : saved.getFirst().firstSeq();
    }

    /** The damaged file is gone; what needs it is not used again. Then {@link #restore}. */
    void drop(DamagedFile damage) {
        store.parts().forEach(StoredPart::clear);
        files.deleteTable(damage.number());
    }

    /** Forgets everything, on disk too: the view begins anew. */
    void clear() {
        frozen = null;
        store.parts().forEach(StoredPart::clear);
        texts.clear();
        log.follow();
        saved = List.of();
        if (files != null) {
            files.deleteAllBut(List.of());
        }
    }

    /** Closes the store. */
    void close() {
        store.close();
    }

    /** Closes the store and removes the files. */
    void destroy() {
        store.close();
        if (files != null) {
            files.destroy();
        }
    }
}
