package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The views that come with Millrace, by name. */
public final class BuiltInViews {
    private interface Maker {
        View make(ViewStore store, Map<String, String> options);
    }

    private static final Map<String, Maker> MAKERS =
            new TreeMap<>(
                    Map.of(
                            "keys", (store, _) -> new KeysView(store),
                            "feeds", (store, _) -> new FeedsView(store),
                            "backlinks", (store, _) -> new BacklinksView(store)));

    private BuiltInViews() {}

    public static Set<String> names() {
        return MAKERS.keySet();
    }

    /**
     * Makes a view for {@link ViewFeed#mount(String, View.Factory)}.
     *
     * @param options as the view's class states them
     * @throws MillraceException ERR_VIEW_UNKNOWN
     */
    public static View.Factory factory(String name, Map<String, String> options) {
        var maker = MAKERS.get(name);
        if (maker == null) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_UNKNOWN,
                    "no built-in view " + name + "; there are " + names());
        }
        var given = Map.copyOf(options);
        return store -> maker.make(store, given);
    }
}
