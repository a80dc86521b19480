package org.millrace.view;

import org.millrace.codec.Message;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * One of ssb-db's indexes, its sorted keys: those of {@link MessageKeys}, and of the records of
 * which these are not certain those that the host's own map makes, which it brings later.
 *
 * <ul>
 *   <li>{@code get} lookup, the newest record of a key; {@code read} source, options as {@link
 *       KeyRange#of}
 *   <li>{@code left} value: the next records whose keys the host is to bring: {@code {"seqs": […],
 *       "upTo": the last record that is none of them}}
 * </ul>
 *
 * <p>Records that were left are postings of the index; how far the host has brought theirs says a
 * key before all others, {@link #MARK}, by its newest record. So a checkpoint holds both, and a
 * compaction moves both.
 *
 * <p><b>Threads.</b> As a {@link View}; {@link #bring} by one thread.
 */
public final class MessageKeysView implements View {
    private static final int LEFT = 1;
    private static final int LEFT_AT_ONCE = 32; // to open an encrypted one takes its time

    private static final MemorySegment MARK = MemorySegment.ofArray(new byte[] {0x02});

    /** Between the mark and all keys, in hexadecimal. */
    private static final String BEHIND_MARK = "03";

    private static final long UNKNOWN = -2;

    private final ViewFeed feed;
    private final ViewStore store;
    private final MessageKeys made;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;
    private final Sink sink = new Sink();
    private MountedView mounted;

    /** Nothing is certain any more: the host sees each record otherwise. */
    private volatile boolean leavesAll;

    /**
     * The last record that was left; how far the host is. {@link #UNKNOWN}: it is to be looked up.
     */
    private volatile long lastLeft = UNKNOWN;

    private volatile long brought = UNKNOWN;

    private final class Sink implements MessageKeys.Sink {
        private final KeyWriter writer = new KeyWriter();
        private long seq;

        @Override
        public KeyWriter begin() {
            return writer.begin();
        }

        @Override
        public void end() {
            store.keys().add(writer.key(), seq);
        }
    }

    private MessageKeysView(ViewFeed feed, ViewStore store, MessageKeys made) {
        this.feed = feed;
        this.store = store;
        this.made = made;
        key = store.index().key();
        ViewMethod.Lookup get = store.keys()::newest;
        ViewMethod.Source read = options -> store.keys().rows(KeyRange.of(behindMark(options)));
        ViewMethod.Value left = _ -> left();
        methods = Map.of("get", get, "read", read, "left", left);
    }

    /** Those there are. */
    public static Set<String> indexes() {
        return MessageKeys.names();
    }

    /** Mounts one as {@link ViewFeed#mount} does. */
    public static MessageKeysView mount(ViewFeed feed, String name, String index) {
        var keys = MessageKeys.of(index);
        var view = new MessageKeysView[1];
        var mounted =
                feed.mount(
                        name,
                        store -> {
                            view[0] = new MessageKeysView(feed, store, keys);
                            return view[0];
                        });
        view[0].mounted = mounted;
        return view[0];
    }

    public MountedView mounted() {
        return mounted;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {
        sink.seq = seq;
        if (leavesAll || !made.make(message, sink)) {
            store.index().add(key.space(LEFT), 0, seq, 0);
            lastLeft = seq;
        }
    }

    /** From now on every record is left to the host; what was begun before counts on return. */
    public void leaveAll() {
        leavesAll = true;
        mounted.writer().begin(); // waits for a batch that is under way
        mounted.writer().end(mounted.since(), 0);
    }

    /** Whether records wait for the host, or may do so. */
    public boolean hasLeft() {
        boolean isUnknown = lastLeft == UNKNOWN || brought == UNKNOWN;
        return isUnknown && !mounted.read(-1, _ -> lookUp()) || lastLeft > brought;
    }

    /**
     * Takes in the keys of the next records that were left.
     *
     * @param beginning {@link MountedView#beginnings} as it was before those were asked for
     * @param upTo as {@code left} said it
     * @param keys each with the sequence of its record; borrowed
     */
    public void bring(int beginning, long upTo, RecordBatch keys) {
        var writer = mounted.writer();
        var standing = mounted.standing();
        writer.begin();
        try {
            if (mounted.beginnings() == beginning && standing.isAlive() && !standing.hasMoved()) {
                for (int i = 0; i < keys.count(); i++) {
                    var bytes = keys.data().asSlice(keys.start(i), keys.length(i));
                    store.keys().add(SortedKeys.checked(bytes), keys.seq(i));
                }
                if (upTo >= 0) {
                    store.keys().add(MARK, upTo);
                }
                brought = upTo;
            }
        } finally {
            writer.end(mounted.since(), 0);
        }
        feed.brought(mounted, false);
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    @Override
    public void clear() {
        lastLeft = UNKNOWN;
        brought = UNKNOWN;
    }

    @Override
    public boolean isMovable() {
        return true;
    }

    private String left() {
        lookUp();
        var next = Selection.all();
        next.behind(0, brought);
        var found = new PostingList();
        store.index().collect(store.index().key().space(LEFT), next, LEFT_AT_ONCE, found);
        var seqs = new StringBuilder();
        for (int i = 0; i < found.size(); i++) {
            seqs.append(i == 0 ? "" : ",").append(found.seq(i));
        }
        boolean isAll = found.size() < LEFT_AT_ONCE;
        long upTo = isAll ? lastLeft : found.seq(LEFT_AT_ONCE - 1);
        return "{\"seqs\":[" + seqs + "],\"upTo\":" + upTo + "}";
    }

    /** While nobody writes. */
    private void lookUp() {
        if (brought == UNKNOWN) {
            brought = store.keys().newest(MARK);
        }
        if (lastLeft == UNKNOWN) {
            lastLeft = store.index().newest(store.index().key().space(LEFT));
        }
    }

    private static Map<String, String> behindMark(Map<String, String> options) {
        if (options.containsKey("gt") || options.containsKey("gte")) {
            return options;
        }
        var bounded = new HashMap<>(options);
        bounded.put("gte", BEHIND_MARK);
        return bounded;
    }
}
