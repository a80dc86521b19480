package org.millrace.query;

import java.util.Comparator;
import java.util.List;

/**
 * The order of {@code $sort}: by the values at paths, typewise. From the first {@code $reverse} on
 * all paths are reversed, as in the package.
 *
 * @param reversedFrom index of the first reversed path; the number of paths when none is
 */
record SortOrder(List<List<String>> paths, int reversedFrom) implements Comparator<Object> {
    @Override
    public int compare(Object a, Object b) {
        for (int i = 0; i < paths.size(); i++) {
            int order = Js.compareTypes(at(a, paths.get(i)), at(b, paths.get(i)));
            if (order != 0) {
                return i >= reversedFrom ? -order : order;
            }
        }
        return 0;
    }

    /** Null along the path counts as undefined. */
    private static Object at(Object row, List<String> path) {
        Object at = row;
        for (String key : path) {
            at = Js.get(at, key);
            if (at == Js.NULL) {
                return null;
            }
        }
        return at;
    }
}
