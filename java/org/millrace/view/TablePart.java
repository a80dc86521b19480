package org.millrace.view;

import org.millrace.format.ViewManifest.TableEntry;

import java.util.ArrayList;
import java.util.List;

/**
 * The tables of what a view is made of: what came since the last save becomes one more, and the
 * newest are merged when {@link TableMerge#due} says so. Threads as {@link StoredPart} says.
 */
abstract class TablePart<T extends StoredTable> implements StoredPart {
    final Deleted deleted;
    private List<T> written = List.of();

    TablePart(Deleted deleted) {
        this.deleted = deleted;
    }

    /** Those that are read. */
    abstract List<T> tables();

    /** Reads the tables of a checkpoint and forgets all else. */
    abstract void restore(List<T> found);

    /** Reads these from now on, and no longer what was frozen. */
    abstract void replace(List<T> tables);

    /** Null when the file is not what the manifest means. */
    abstract T open(TableEntry entry, ViewFiles files);

    /** Writes what is frozen; null when that is nothing. */
    abstract T writeFrozen(ViewFiles files);

    abstract T writeMerged(List<T> tables, ViewFiles files);

    @Override
    public boolean restore(List<TableEntry> entries, ViewFiles files) {
        var tables = new ArrayList<T>();
        for (var entry : entries) {
            T table = open(entry, files);
            if (table == null) {
                tables.forEach(StoredTable::close);
                return false;
            }
            tables.add(table);
        }
        restore(tables);
        return true;
    }

    @Override
    public List<TableEntry> save(ViewFiles files) {
        var tables = new ArrayList<>(tables());
        try {
            tables.removeIf(table -> table.lastSeq() < deleted.droppedBefore());
            T fresh = writeFrozen(files);
            if (fresh != null) {
                tables.add(fresh);
            }
            int due = TableMerge.due(tables);
            if (due > 1) {
                var last = tables.subList(tables.size() - due, tables.size());
                T merged = writeMerged(last, files);
                closeUnused(last);
                last.clear();
                tables.add(merged);
            }
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
        written = tables;
        return tables.stream().map(StoredTable::entry).toList();
    }

    @Override
    public void publish() {
        replace(written);
    }

    @Override
    public void undoSave() {
        closeUnused(written);
        written = List.of();
    }

    private void closeUnused(List<T> tables) {
        for (var table : tables) {
            if (!tables().contains(table)) {
                table.close();
            }
        }
    }
}
