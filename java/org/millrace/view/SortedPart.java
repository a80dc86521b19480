package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.view.KeyOrder.Place;

import java.util.ArrayList;
import java.util.List;

/** The tables of {@link SortedKeys}. Threads as {@link StoredPart} says. */
final class SortedPart implements StoredPart {
    private final SortedKeys keys;
    private final Deleted deleted;
    private SortedRun frozen;
    private List<SortedTable> written = List.of();

    SortedPart(SortedKeys keys, Deleted deleted) {
        this.keys = keys;
        this.deleted = deleted;
    }

    @Override
    public int kind() {
        return ViewManifest.KEYS;
    }

    @Override
    public boolean restore(List<TableEntry> entries, ViewFiles files) {
        var tables = new ArrayList<SortedTable>();
        for (var entry : entries) {
            var table = files.openSorted(entry);
            if (table == null) {
                tables.forEach(SortedTable::close);
                return false;
            }
            tables.add(table);
        }
        keys.restore(tables);
        return true;
    }

    @Override
    public void freeze() {
        frozen = keys.freeze();
    }

    @Override
    public List<TableEntry> save(ViewFiles files) {
        var tables = new ArrayList<>(keys.tables());
        try {
            if (frozen.size() > 0) {
                var walks = new ArrayList<SortedWalk>();
                frozen.addWalks(Place.END, false, walks);
                tables.add(write(files, walks));
            }
            int due = TableMerge.due(tables, SortedTable::entries);
            if (due > 1) {
                var last = tables.subList(tables.size() - due, tables.size());
                var walks = new ArrayList<SortedWalk>();
                last.forEach(table -> walks.add(SortedKeys.walk(table)));
                var merged = write(files, walks);
                closeUnused(last);
                last.clear();
                tables.add(merged);
            }
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
        written = tables;
        return tables.stream().map(SortedTable::entry).toList();
    }

    @Override
    public void publish() {
        keys.replace(written);
        frozen = null;
    }

    @Override
    public void undoSave() {
        closeUnused(written);
        written = List.of();
    }

    @Override
    public void clear() {
        frozen = null;
        keys.clear();
    }

    @Override
    public void close() {
        keys.close();
    }

    private SortedTable write(ViewFiles files, List<SortedWalk> walks) {
        return files.write(
                ViewManifest.KEYS,
                file -> {
                    try (var writer = new SortedTableWriter(file)) {
                        var merge = new SortedMerge(walks, false);
                        for (; merge.isOpen(); merge.advance()) {
                            if (!deleted.contains(merge.seq())) {
                                writer.add(merge);
                            }
                        }
                        return writer.finish();
                    }
                },
                files::openSorted);
    }

    private void closeUnused(List<SortedTable> tables) {
        for (var table : tables) {
            if (!keys.tables().contains(table)) {
                table.close();
            }
        }
    }
}
