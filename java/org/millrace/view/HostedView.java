package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A view whose content somebody outside of Java computes, from what a {@link ProjectionCursor}
 * shows him: it keeps that as any view is kept, and answers from it.
 *
 * <ul>
 *   <li>of keys, which a {@code map} emits: {@code get} lookup, the newest record of a key; {@code
 *       read} source, options as {@link KeyRange#of}
 *   <li>of a state, which a {@code reduce} makes: {@code value} value, the state's text as it was
 *       brought last, {@code null} when there is none
 * </ul>
 *
 * <p><b>Threads.</b> {@link #bring} by one thread; reads from any.
 */
public final class HostedView implements View {
    /** What it consists of. */
    public enum Content {
        KEYS,
        /** Built anew when a record is deleted: nothing can be taken out of it. */
        STATE,
        /** Stays as it is when a record is deleted: what was seen counts, not what is there. */
        LASTING_STATE
    }

    private final ViewFeed feed;
    private final ViewStore store;
    private final int version;
    private final Content content;
    private final boolean isMovable;
    private final Map<String, ViewMethod> methods;
    private MountedView mounted;

    private HostedView(
            ViewFeed feed, ViewStore store, int version, Content content, boolean isMovable) {
        this.isMovable = isMovable;
        this.feed = feed;
        this.store = store;
        this.version = version;
        this.content = content;
        if (content == Content.LASTING_STATE) {
            store.keepStateInSpiteOfDeletions();
        }
        ViewMethod.Lookup get = store.keys()::newest;
        ViewMethod.Source read = options -> store.keys().rows(KeyRange.of(options));
        ViewMethod.Value value = _ -> text(store.state());
        methods =
                content == Content.KEYS ? Map.of("get", get, "read", read) : Map.of("value", value);
    }

    /** Mounts one as {@link ViewFeed#mount} does, of which nothing is known. */
    public static HostedView mount(ViewFeed feed, String name, int version, Content content) {
        return mount(feed, name, version, content, false);
    }

    /**
     * Mounts one as {@link ViewFeed#mount} does.
     *
     * @param isMovable whether none of its keys holds a sequence: {@link View#isMovable}
     */
    public static HostedView mount(
            ViewFeed feed, String name, int version, Content content, boolean isMovable) {
        var made = new HostedView[1];
        var mounted =
                feed.mount(
                        name,
                        store -> {
                            made[0] = new HostedView(feed, store, version, content, isMovable);
                            return made[0];
                        });
        made[0].mounted = mounted;
        return made[0];
    }

    public MountedView mounted() {
        return mounted;
    }

    public Content content() {
        return content;
    }

    /** The state's bytes as they were brought last; null = none. Not to be changed. */
    public byte[] state() {
        return store.state();
    }

    /** Whether nothing more should be brought until something was saved. */
    public boolean isFull() {
        return mounted.saving().fullness() >= 2;
    }

    /**
     * Takes in what was computed from the records behind {@code from} up to {@code upTo}.
     *
     * @param beginning {@link MountedView#beginnings} as it was when that was computed
     * @param brought keys, each with the sequence of its record; or one state. Borrowed
     * @param records how many those were
     * @return false when the view does not stand at {@code from} any more, because it was built
     *     anew meanwhile: nothing was taken in
     */
    public boolean bring(int beginning, long from, long upTo, RecordBatch brought, int records) {
        var writer = mounted.writer();
        var standing = mounted.standing();
        writer.begin();
        boolean fits =
                mounted.beginnings() == beginning
                        && mounted.since() == from
                        && standing.isAlive()
                        && !standing.hasMoved();
        try {
            if (fits) {
                take(brought);
            }
        } finally {
            writer.end(fits ? upTo : mounted.since(), fits ? records : 0);
        }
        feed.brought(mounted, content != Content.KEYS);
        return fits;
    }

    @Override
    public int version() {
        return version;
    }

    @Override
    public void append(long seq, Message message) {
        throw new IllegalStateException("the feed does not feed hosted views");
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    /** Keys lead to records, which are gone. */
    @Override
    public boolean forgets() {
        return content != Content.STATE;
    }

    /** A state would not move with its store in any case. */
    @Override
    public boolean isMovable() {
        return isMovable;
    }

    private void take(RecordBatch brought) {
        for (int i = 0; i < brought.count(); i++) {
            var bytes = brought.data().asSlice(brought.start(i), brought.length(i));
            if (content != Content.KEYS) {
                store.state(bytes.toArray(ValueLayout.JAVA_BYTE));
            } else {
                store.keys().add(SortedKeys.checked(bytes), brought.seq(i));
            }
        }
    }

    private static String text(byte[] state) {
        return state == null ? "null" : new String(state, StandardCharsets.UTF_8);
    }
}
