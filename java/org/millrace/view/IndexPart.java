package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;

import java.util.List;
import java.util.function.LongUnaryOperator;

/** The tables of an {@link Index}. */
final class IndexPart extends TablePart<Table> {
    private final Index index;
    private MemoryRun frozen;

    IndexPart(Index index, Deleted deleted) {
        super(deleted);
        this.index = index;
    }

    @Override
    public int kind() {
        return ViewManifest.POSTINGS;
    }

    @Override
    public void freeze() {
        frozen = index.freeze();
    }

    @Override
    List<Table> tables() {
        return index.tables();
    }

    @Override
    void restore(List<Table> found) {
        index.restore(found);
    }

    @Override
    void replace(List<Table> tables) {
        index.replace(tables);
        frozen = null;
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

    @Override
    Table open(TableEntry entry, ViewFiles files) {
        return files.open(entry, Table::open);
    }

    @Override
    Table writeFrozen(LongUnaryOperator places, ViewFiles files) {
        return frozen.size() == 0 ? null : write(files, to -> frozen.writeSorted(places, to));
    }

    @Override
    Table writeMerged(List<Table> tables, LongUnaryOperator places, ViewFiles files) {
        return write(files, to -> TableMerge.merge(tables, places, to));
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
                Table::open);
    }
}
