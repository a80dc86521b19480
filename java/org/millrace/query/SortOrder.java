package org.millrace.query;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order of {@code $sort}: by the values at paths, typewise. Compares keys, which are looked up
 * once a row.
 */
record SortOrder(List<Path> paths) implements Comparator<Object[]> {
    /**
     * @param inRecord where it stands while rows are records; null when it must be looked up
     */
    record Path(List<String> keys, Field inRecord, boolean isReversed) {
        /** Null along the path counts as undefined. */
        private Object of(Object row) {
            if (row instanceof Row record && inRecord != null) {
                Object value = record.value(inRecord);
                return value == Js.NULL ? null : value;
            }
            Object at = Rule.whole(row);
            for (String key : keys) {
                at = Js.get(at, key);
                if (at == Js.NULL) {
                    return null;
                }
            }
            return at;
        }
    }

    /** What a row is compared by. */
    Object[] keys(Object row) {
        Object[] keys = new Object[paths.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = paths.get(i).of(row);
        }
        return keys;
    }

    @Override
    public int compare(Object[] a, Object[] b) {
        for (int i = 0; i < a.length; i++) {
            int order = Js.compareTypes(a[i], b[i]);
            if (order != 0) {
                return paths.get(i).isReversed() ? -order : order;
            }
        }
        return 0;
    }

    /** Sorts what another has sorted before; null = nobody has. */
    SortOrder after(SortOrder earlier) {
        if (earlier == null) {
            return this;
        }
        var all = new ArrayList<>(paths);
        all.addAll(earlier.paths);
        return new SortOrder(all);
    }
}
