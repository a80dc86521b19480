package org.millrace.view;

import org.millrace.format.ViewManifest.TableEntry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

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
    abstract T writeFrozen(LongUnaryOperator places, ViewFiles files);

    abstract T writeMerged(List<T> tables, LongUnaryOperator places, ViewFiles files);

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
            addUnlessEmpty(tables, writeFrozen(deleted::place, files));
            int due = TableMerge.due(tables);
            if (due > 1) {
                var last = tables.subList(tables.size() - due, tables.size());
                T merged = writeMerged(last, deleted::place, files);
                closeUnused(last);
                last.clear();
                addUnlessEmpty(tables, merged);
            }
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
        written = tables;
        return entries();
    }

    @Override
    public boolean canMove() {
        return true;
    }

    @Override
    public List<TableEntry> move(LongUnaryOperator places, ViewFiles files) {
        var tables = new ArrayList<T>();
        try {
            if (!tables().isEmpty()) {
                addUnlessEmpty(tables, writeMerged(tables(), places, files));
            }
            addUnlessEmpty(tables, writeFrozen(places, files));
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
        written = tables;
        return entries();
    }

    private List<TableEntry> entries() {
        return written.stream().map(StoredTable::entry).toList();
    }

    private void addUnlessEmpty(List<T> tables, T table) {
        if (table != null && table.size() > 0) {
            tables.add(table);
        } else if (table != null) {
            table.close();
        }
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
