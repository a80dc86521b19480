package org.millrace.view.builtin;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.View;
import org.millrace.view.ViewFeed;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The views that come with Millrace, by name. */
public final class BuiltInViews {
    private static final Map<String, View.Factory> FACTORIES =
            new TreeMap<>(
                    Map.ofEntries(
                            entry("keys", KeysView::new),
                            entry("feeds", FeedsView::new),
                            entry("last", LastView::new),
                            entry("clock", ClockView::new),
                            entry("backlinks", BacklinksView::new),
                            entry("time", TimeView::new),
                            entry("type", TypeView::new),
                            entry("links", LinksView::new),
                            entry("relations", RelationsView::new),
                            entry("about", AboutView::new),
                            entry("contacts", ContactsView::new),
                            entry("search", SearchView::new)));

    private BuiltInViews() {}

    public static Set<String> names() {
        return Collections.unmodifiableSet(FACTORIES.keySet());
    }

    private static Map.Entry<String, View.Factory> entry(String name, View.Factory factory) {
        return Map.entry(name, factory);
    }

    /**
     * Makes a view for {@link ViewFeed#mount(String, View.Factory)}.
     *
     * @throws MillraceException ERR_VIEW_UNKNOWN, naming those that are there
     */
    public static View.Factory factory(String name) {
        var factory = FACTORIES.get(name);
        if (factory == null) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_UNKNOWN,
                    "no built-in view '" + name + "'; there are " + names());
        }
        return factory;
    }
}
