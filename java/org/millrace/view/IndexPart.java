package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;

import java.util.ArrayList;
import java.util.List;

/** The tables of an {@link Index}. Threads as {@link StoredPart} says. */
final class IndexPart implements StoredPart {
    private final Index index;
    private final Deleted deleted;
    private MemoryRun frozen;
    private List<Table> written = List.of();

    IndexPart(Index index, Deleted deleted) {
        this.index = index;
        this.deleted = deleted;
    }

    @Override
    public int kind() {
        return ViewManifest.POSTINGS;
    }

    @Override
    public boolean restore(List<TableEntry> entries, ViewFiles files) {
        var tables = new ArrayList<Table>();
        for (var entry : entries) {
            var table = files.openTable(entry);
            if (table == null) {
                tables.forEach(Table::close);
                return false;
            }
            tables.add(table);
        }
        index.restore(tables);
        return true;
    }

    @Override
    public void freeze() {
        frozen = index.freeze();
    }

    @Override
    public List<TableEntry> save(ViewFiles files) {
        var tables = new ArrayList<>(index.tables());
        try {
            if (frozen.size() > 0) {
                tables.add(write(files, frozen::forEachSorted));
            }
            int due = TableMerge.due(tables, Table::postings);
            if (due > 1) {
                var last = tables.subList(tables.size() - due, tables.size());
                var merged = write(files, to -> TableMerge.merge(last, deleted, to));
                closeUnused(last);
                last.clear();
                tables.add(merged);
            }
        } catch (RuntimeException | Error e) {
            closeUnused(tables);
            throw e;
        }
        written = tables;
        return tables.stream().map(Table::entry).toList();
    }

    @Override
    public void publish() {
        index.replace(written);
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
        index.clear();
    }

    @Override
    public void close() {
        index.close();
    }

    private interface Content {
        void writeTo(TableWriter to);
    }

    private static Table write(ViewFiles files, Content content) {
        return files.write(
                ViewManifest.POSTINGS,
                file -> {
                    try (var writer = new TableWriter(file)) {
                        content.writeTo(writer);
                        return writer.finish();
                    }
                },
                files::openTable);
    }

    private void closeUnused(List<Table> tables) {
        for (var table : tables) {
            if (!index.tables().contains(table)) {
                table.close();
            }
        }
    }
}
