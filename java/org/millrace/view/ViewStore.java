package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a view keeps what it knows, so that it survives: an {@link Index} and a {@link Dictionary}.
 * What a view keeps elsewhere it must be able to compute from these.
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
    private final Index index;
    private final Dictionary dictionary;
    private final MessageReader messages;

    /** Null: the view lives in memory only. */
    private final ViewFiles files;

    /** The checkpoints that count, newest first; two at most. */
    private List<ViewManifest> saved = List.of();

    private int version;
    private long nextNumber = 1;
    private int dictionarySaved;

    // A checkpoint under way.
    private MemoryRun frozen;
    private long frozenSince;
    private MemorySegment frozenTexts;
    private int frozenTextsCrc;
    private List<Table> written = List.of();

    ViewStore(Log log, MessageReader messages, Deleted deleted, ViewFiles files) {
        this.log = log;
        this.identity = new LogIdentity(log);
        this.messages = messages;
        this.deleted = deleted;
        this.files = files;
        this.index = new Index(deleted);
        this.dictionary = new Dictionary(index);
    }

    /** In memory, for a view whose log is not ours. */
    static ViewStore inMemory() {
        return new ViewStore(null, new MessageReader(null, null), Deleted.inMemory(), null);
    }

    /** The view's one index. */
    public Index index() {
        return index;
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
     * @return its sequence; -1 = nothing
     */
    long restore(int viewVersion) {
        version = viewVersion;
        frozen = null;
        if (files != null) {
            nextNumber = files.nextNumber();
            for (var manifest : files.manifests()) {
                if (manifest.viewVersion() == version
                        && identity.matches(manifest)
                        && open(manifest)) {
                    saved = List.of(manifest);
                    files.deleteAllBut(saved);
                    return manifest.since();
                }
            }
        }
        clear();
        return -1;
    }

    /** Whether something is lost when the process dies now. */
    boolean isUnsaved(long since) {
        return files != null && (saved.isEmpty() || saved.getFirst().since() != since);
    }

    boolean isPersistent() {
        return files != null;
    }

    /** While the view stands still: sets aside what {@link #save} will write. */
    void freeze(long since) {
        if (frozen == null) {
            frozen = index.freeze();
            frozenSince = since;
            frozenTexts = dictionary.fileBytes(dictionarySaved);
            frozenTextsCrc = dictionary.fileCrc();
        }
    }

    /** Beside reads and appends: writes what was frozen. May be tried again after a failure. */
    void save() {
        log.drain();
        if (frozenTexts.byteSize() > 0) {
            files.appendToDictionary(dictionarySaved, frozenTexts);
        }
        written = writeTables();
        var manifest =
                new ViewManifest(
                        version,
                        nextNumber++,
                        index.hashSeed(),
                        index.tagSeed(),
                        frozenSince,
                        identity.crc(frozenSince),
                        firstSeq(),
                        identity.crc(firstSeq()),
                        dictionarySaved + frozenTexts.byteSize(),
                        frozenTextsCrc,
                        written.stream().map(Table::entry).toList());
        try {
            files.write(manifest);
        } catch (RuntimeException | Error e) {
            closeUnused(written);
            throw e;
        }
        saved = saved.isEmpty() ? List.of(manifest) : List.of(manifest, saved.getFirst());
    }

    /** While the view stands still: reads what was saved from the disk from now on. */
    void publish() {
        index.replace(written);
        dictionarySaved += (int) frozenTexts.byteSize();
        frozen = null;
        files.deleteAllBut(saved);
    }

    /** While the view stands still: the damaged file is gone; what needs it is not used again. */
    void drop(Table.Damaged damage) {
        if (files != null) {
            long number = damage.table().entry().number();
            index.clear();
            files.deleteTable(number);
        }
    }

    /** Forgets everything, on disk too. */
    void clear() {
        frozen = null;
        index.clear();
        dictionary.clear();
        dictionarySaved = 0;
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
        index.close();
        dictionary.close();
    }

    private boolean open(ViewManifest manifest) {
        var tables = new ArrayList<Table>();
        for (var entry : manifest.tables()) {
            var table = files.openTable(entry);
            if (table == null) {
                tables.forEach(Table::close);
                return false;
            }
            tables.add(table);
        }
        index.restore(manifest.hashSeed(), manifest.tagSeed(), tables);
        dictionarySaved = (int) manifest.dictionaryBytes();
        return files.readDictionary(manifest, dictionary);
    }

    /** The log's first sequence never changes; a view of an empty log has none. */
    private long firstSeq() {
        return saved.isEmpty() || saved.getFirst().firstSeq() < 0
                ? identity.firstSeq()
                : saved.getFirst().firstSeq();
    }

    private List<Table> writeTables() {
        var tables = new ArrayList<>(index.tables());
        try {
            if (frozen.size() > 0) {
                tables.add(writeTable(frozen::forEachSorted));
            }
            int due = tables.isEmpty() ? 0 : TableMerge.due(tables);
            if (due > 1) {
                var last = tables.subList(tables.size() - due, tables.size());
                var merged = writeTable(to -> TableMerge.merge(last, deleted, to));
                closeUnused(last);
                last.clear();
                tables.add(merged);
            }
            return tables;
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
    }

    private void closeUnused(List<Table> tables) {
        for (var table : tables) {
            if (!index.tables().contains(table)) {
                table.close();
            }
        }
    }

    private interface Content {
        void writeTo(TableWriter to);
    }

    private Table writeTable(Content content) {
        long number = nextNumber++;
        try (var file = files.createTable(number);
                var writer = new TableWriter(file)) {
            content.writeTo(writer);
            int crc = writer.finish();
            var entry = new ViewManifest.TableEntry(number, file.size(), crc);
            var table = files.openTable(entry);
            if (table == null) {
                throw new MillraceException(
                        ErrorCode.ERR_READ_FAULT,
                        file.path() + ": what was just written reads back otherwise");
            }
            return table;
        }
    }
}
