package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The views that come with Millrace, by name. */
public final class BuiltInViews {
    private static final Map<String, Supplier<View>> BY_NAME =
            new TreeMap<>(Map.of("keys", KeysView::new));

    private BuiltInViews() {}

    /**
     * @throws MillraceException ERR_VIEW_UNKNOWN, naming those that are there
     */
    public static View create(String name) {
        var view = BY_NAME.get(name);
        if (view == null) {
            throw new MillraceException(
                    ErrorCode.ERR_VIEW_UNKNOWN,
                    "no built-in view '" + name + "'; there are " + BY_NAME.keySet());
        }
        return view.get();
    }
}
