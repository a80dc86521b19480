package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.view.KeyOrder.Place;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/** The tables of {@link SortedKeys}. */
final class SortedPart extends TablePart<SortedTable> {
    private final SortedKeys keys;
    private SortedRun frozen;

    SortedPart(SortedKeys keys, Deleted deleted) {
        super(deleted);
        this.keys = keys;
    }

    @Override
    public int kind() {
        return ViewManifest.KEYS;
    }

    @Override
    public void freeze() {
        frozen = keys.freeze();
    }

    @Override
    List<SortedTable> tables() {
        return keys.tables();
    }

    @Override
    void restore(List<SortedTable> found) {
        keys.restore(found);
    }

    @Override
    void replace(List<SortedTable> tables) {
        keys.replace(tables);
        frozen = null;
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

    @Override
    SortedTable open(TableEntry entry, ViewFiles files) {
        return files.open(entry, SortedTable::open);
    }

    @Override
    SortedTable writeFrozen(LongUnaryOperator places, ViewFiles files) {
        if (frozen.size() == 0) {
            return null;
        }
        var walks = new ArrayList<SortedWalk>();
        frozen.addWalks(Place.END, false, walks);
        return write(files, walks, places);
    }

    @Override
    SortedTable writeMerged(List<SortedTable> tables, LongUnaryOperator places, ViewFiles files) {
        return write(files, tables.stream().map(SortedKeys::walk).toList(), places);
    }

    private static SortedTable write(
            ViewFiles files, List<SortedWalk> walks, LongUnaryOperator places) {
        return files.write(
                ViewManifest.KEYS,
                file -> {
                    try (var writer = new SortedTableWriter(file)) {
                        var merge = new SortedMerge(walks, false);
                        for (; merge.isOpen(); merge.advance()) {
                            long seq = places.applyAsLong(merge.seq());
                            if (seq >= 0) {
                                writer.add(merge, seq);
                            }
                        }
                        return writer.finish();
                    }
                },
                SortedTable::open);
    }
}
