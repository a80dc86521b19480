package org.millrace.host;

import org.millrace.log.Log;
import org.millrace.view.MountedView;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The views that JavaScript has registered in this process, for Java beside it: built-in ones, Java
 * classes, and those that a {@code map} or {@code reduce} in JavaScript computes. Reads are Java's
 * own, from what Java keeps: JavaScript's thread has no part in them. flumeview-* modules live in
 * JavaScript alone and are not among them.
 *
 * <p><b>Threads.</b> Any.
 */
public final class NodeViews {
    /**
     * One view.
     *
     * @param name that {@code db.use} was given
     * @param log whose records it is about; null when the log is JavaScript's own
     * @param view answers as of {@link MountedView#since}: of a {@code reduce} that JavaScript has
     *     just gone on with, that may be a second ago
     */
    public record NodeView(String name, Log log, MountedView view) {
        /** {@link MountedView#value}; {@code value} is that of a {@code reduce}. */
        public String value(String method, Map<String, String> options) {
            return view.value(method, options);
        }

        /**
         * {@link MountedView#find(String, MemorySegment)}.
         *
         * @param key of a {@code map}, as js-bindings/lib/keys.js makes them
         */
        public long find(String method, MemorySegment key) {
            return view.find(method, key);
        }

        /** {@link MountedView#rows}. */
        public List<Long> rows(String method, Map<String, String> options, int max) {
            return view.rows(method, options, max);
        }
    }

    private static final List<NodeView> VIEWS = new CopyOnWriteArrayList<>();

    private NodeViews() {}

    /** All that are mounted now, the oldest first. */
    public static List<NodeView> all() {
        return List.copyOf(VIEWS);
    }

    /** The newest view of this name; null when there is none. */
    public static NodeView named(String name) {
        for (var view : VIEWS.reversed()) {
            if (view.name.equals(name)) {
                return view;
            }
        }
        return null;
    }

    static void add(String name, Log log, MountedView view) {
        VIEWS.add(new NodeView(name, log, view));
    }

    static void remove(MountedView view) {
        VIEWS.removeIf(one -> one.view == view);
    }
}
