package org.millrace.view;

import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Merges neighbouring tables into one, leaving out what is gone. All tables are read in parallel, a
 * block of each in memory.
 *
 * <p><b>Threads.</b> One.
 */
final class TableMerge {
    /** Tables whose sizes differ by less than this are merged, so each posting moves rarely. */
    private static final int RATIO = 4;

    private TableMerge() {}

    /**
     * How many of the last tables to merge into one: as long as those behind a table have together
     * grown to a fraction of it. 1 = none.
     */
    static int due(List<? extends StoredTable> tables) {
        if (tables.isEmpty()) {
            return 0;
        }
        int first = tables.size() - 1;
        long behind = tables.get(first).size();
        while (first > 0 && tables.get(first - 1).size() < behind * RATIO) {
            behind += tables.get(--first).size();
        }
        int count = tables.size() - first;
        return count >= RATIO ? count : 1;
    }

    /**
     * @param places the sequence that a record has now; -1 = it is gone. None overtakes another
     */
    static void merge(List<Table> tables, LongUnaryOperator places, TableWriter to) {
        var sources = tables.stream().map(Source::new).toArray(Source[]::new);
        while (true) {
            Source least = null;
            for (var source : sources) {
                if (source.isOpen() && (least == null || source.isBelow(least))) {
                    least = source;
                }
            }
            if (least == null) {
                return;
            }
            to.add(least.hash, least.tag, least.order, least.place, places);
            least.advance();
        }
    }

    /** One table and the posting it is at. */
    private static final class Source {
        private final Table table;
        private final BlockReader reader = new BlockReader();
        private long rank = -1;
        private long hash;
        private int tag;
        private long order;
        private long place;

        Source(Table table) {
            this.table = table;
            advance();
        }

        boolean isOpen() {
            return rank < table.size();
        }

        void advance() {
            if (++rank < table.size()) {
                reader.moveTo(table, rank);
                hash = reader.hash();
                tag = reader.tag();
                order = reader.order();
                place = PostingList.place(reader.seq(), reader.flags());
            }
        }

        boolean isBelow(Source other) {
            if (hash != other.hash) {
                return Long.compareUnsigned(hash, other.hash) < 0;
            }
            if (tag != other.tag) {
                return tag < other.tag;
            }
            return order < other.order || order == other.order && place < other.place;
        }
    }
}
