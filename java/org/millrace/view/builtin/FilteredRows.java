package org.millrace.view.builtin;

import org.millrace.view.ViewMethod;

/**
 * Rows of which only some are wanted, for questions that an index answers in part.
 *
 * <p><b>Threads.</b> One at a time.
 */
final class FilteredRows implements ViewMethod.Rows {
    /** Says which; it may read the log. */
    @FunctionalInterface
    interface Filter {
        boolean accepts(long seq);
    }

    private final ViewMethod.Rows rows;
    private final Filter filter;
    private long left;

    FilteredRows(ViewMethod.Rows rows, Filter filter, long limit) {
        this.rows = rows;
        this.filter = filter;
        this.left = limit;
    }

    @Override
    public int next(long[] seqs) {
        if (left <= 0) {
            return 0;
        }
        while (true) {
            int found = rows.next(seqs);
            if (found == 0) {
                return 0;
            }
            int kept = 0;
            for (int i = 0; i < found && kept < left; i++) {
                if (filter.accepts(seqs[i])) {
                    seqs[kept++] = seqs[i];
                }
            }
            if (kept > 0) {
                left -= kept;
                return kept;
            }
        }
    }
}
