package org.millrace.host;

import static java.util.Locale.ROOT;

import org.millrace.codec.Encoding;
import org.millrace.log.Durability;
import org.millrace.log.HidingLog;
import org.millrace.log.Log;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;
import org.millrace.query.ScanMemory;
import org.millrace.storage.PosixStorage;
import org.millrace.view.ViewFeed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A log as its host sees it: the engine, and wakes when something changed that the host did not
 * change itself.
 *
 * <p>At level sync an append returns when it is written, with a sync under way: the host takes it
 * for done when {@code durable_since} has reached its sequence, which a wake tells.
 *
 * <p><b>Threads.</b> Hot calls from the host's thread; wakes from any.
 */
final class HostLog implements AutoCloseable, HasState {
    private final Environment environment;
    private final Log log;
    private final HidingLog shown;
    private final HostDeletions deletions;
    private final Durability level;
    private final long handle;
    private final AutoCloseable subscription;
    private final Path viewsDirectory;
    private final boolean keepsRevealed;
    private final Map<Encoding, ViewFeed> views = new EnumMap<>(Encoding.class);
    private final ScanMemory scans = new ScanMemory();
    private final RowRequests requests = new RowRequests(this);

    /** Sequences of the get under way. */
    private long[] asked = new long[1];

    /** The host's thread while it appends or deletes: the page tells it what came of that. */
    private volatile Thread changing;

    /**
     * @param viewsDirectory where its views are kept; null = in memory
     * @param keepsRevealed whether decrypted records may be kept beside it in plaintext
     */
    HostLog(
            Environment environment,
            Log log,
            Durability level,
            Path viewsDirectory,
            boolean keepsRevealed) {
        this.keepsRevealed = keepsRevealed;
        this.viewsDirectory = viewsDirectory;
        this.environment = environment;
        this.log = log;
        this.shown = new HidingLog(log);
        this.deletions = new HostDeletions(shown, this::openFeeds, this::allFeeds);
        this.level = level;
        this.handle = environment.add(this);
        this.subscription = log.onChange(this::changed);
    }

    long handle() {
        return handle;
    }

    Environment environment() {
        return environment;
    }

    /** The log as it stands; for what feeds views, and what only its own format can. */
    Log log() {
        return log;
    }

    /** The log as the host reads it: without what is being deleted. */
    Log shown() {
        return shown;
    }

    HostDeletions deletions() {
        return deletions;
    }

    boolean keepsRevealed() {
        return keepsRevealed;
    }

    /** What queries found by scanning. */
    ScanMemory scans() {
        return scans;
    }

    /** What feeds this log's views, begun with the first of them. */
    ViewFeed views(Encoding encoding) {
        synchronized (views) {
            return views.computeIfAbsent(encoding, this::openViews);
        }
    }

    private ViewFeed openViews(Encoding encoding) {
        // What cannot be made durable, no view may be saved ahead of.
        boolean isKept = viewsDirectory != null && log.failure() == null;
        var storage = isKept ? new PosixStorage() : null;
        var directory = isKept ? directoryOf(encoding) : null;
        var feed = new ViewFeed(log, encoding, storage, directory, keepsRevealed);
        shown.hidden().forEach(seq -> feed.forgetting().hide(seq));
        return feed;
    }

    private Path directoryOf(Encoding encoding) {
        String suffix = encoding == Encoding.JSON ? "" : "-" + encoding.name().toLowerCase(ROOT);
        return viewsDirectory.resolveSibling(viewsDirectory.getFileName() + suffix);
    }

    private Collection<ViewFeed> openFeeds() {
        synchronized (views) {
            return List.copyOf(views.values());
        }
    }

    /** Views that are not open now must learn of a deletion too. */
    private Collection<ViewFeed> allFeeds() {
        for (var encoding : Encoding.values()) {
            if (viewsDirectory != null && Files.exists(directoryOf(encoding))) {
                views(encoding);
            }
        }
        return openFeeds();
    }

    void append(long call) {
        changing = Thread.currentThread();
        try {
            var ends = CallPage.index(call);
            var seqs = CallPage.seqs(call, ends.byteSize() / Integer.BYTES);
            long last = log.appendWritten(CallPage.data(call), ends, seqs);
            CallPage.set(call, CallPage.SEQ, last);
            if (level == Durability.SYNC) {
                log.requestDrain();
            }
        } finally {
            changing = null;
        }
        state(call);
    }

    /** MR_OP_GET. */
    void get(long call) {
        var data = CallPage.data(call);
        var index = CallPage.index(call);
        CallPage.set(call, CallPage.COUNT, 0);
        int count = askedFor(index);
        if (count > 1) {
            log.expect(asked, count);
        }
        long start = 0;
        for (int i = 0; i < count; i++) {
            long at = i * RecordBatch.ENTRY.byteSize();
            int length = shown.get(asked[i], data.asSlice(start));
            if (length > data.byteSize() - start) {
                CallPage.set(call, CallPage.NEEDED, length);
                return;
            }
            index.set(ValueLayout.JAVA_INT_UNALIGNED, at + 8, (int) start);
            index.set(ValueLayout.JAVA_INT_UNALIGNED, at + 12, length);
            start += length;
            CallPage.set(call, CallPage.COUNT, i + 1);
        }
    }

    /** Copies the sequences of an index into {@link #asked}; returns how many. */
    private int askedFor(MemorySegment index) {
        int count = (int) (index.byteSize() / RecordBatch.ENTRY.byteSize());
        if (asked.length < count) {
            asked = new long[count];
        }
        for (int i = 0; i < count; i++) {
            asked[i] =
                    (long)
                            index.get(
                                    ValueLayout.JAVA_DOUBLE_UNALIGNED,
                                    i * RecordBatch.ENTRY.byteSize());
        }
        return count;
    }

    /** MR_OP_OPEN. */
    void open(long call) {
        var request = CallPage.data(call).asSlice(0, CallPage.number(call, CallPage.USED));
        requests.open(request).first(call);
    }

    /** MR_OP_DELETE: {@code task.delete} does what waits for the disk. */
    void delete(long call) {
        changing = Thread.currentThread();
        try {
            deletions.hide(CallPage.number(call, CallPage.SEQ));
        } finally {
            changing = null;
        }
    }

    @Override
    public void state(long call) {
        long durable = log.durableSince(); // first, or it might be ahead of since
        CallPage.set(call, CallPage.SINCE, log.since());
        CallPage.set(call, CallPage.DURABLE_SINCE, durable);
        MillraceException failure = log.failure();
        CallPage.set(call, CallPage.FLAGS, failure == null ? 0 : CallPage.FLAG_FAILED);
        if (failure != null) {
            Errors.keep(failure);
        }
    }

    /** Asks for a drain and answers at once with the sequence to wait for. */
    void drain(long call) {
        CallPage.set(call, CallPage.SEQ, log.requestDrain());
        state(call);
    }

    private void changed() {
        if (changing != Thread.currentThread()) {
            environment.wake(handle);
        }
    }

    /** Engines drain when they close. */
    @Override
    public void close() {
        try (log) {
            subscription.close();
            try {
                deletions.finish();
            } finally {
                openFeeds().forEach(ViewFeed::close);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
