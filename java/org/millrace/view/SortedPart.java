package org.millrace.view;

import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.view.KeyOrder.Place;

import java.util.ArrayList;
import java.util.List;

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
    SortedTable writeFrozen(ViewFiles files) {
        if (frozen.size() == 0) {
            return null;
        }
        var walks = new ArrayList<SortedWalk>();
        frozen.addWalks(Place.END, false, walks);
        return write(files, walks);
    }

    @Override
    SortedTable writeMerged(List<SortedTable> tables, ViewFiles files) {
        return write(files, tables.stream().map(SortedKeys::walk).toList());
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
                SortedTable::open);
    }
}
