package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;
import org.millrace.view.builtin.BuiltInViews;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;

/** A log with persistent views over it, to be opened, asked, closed and opened again. */
final class ViewFixture implements AutoCloseable {
    static final Path SSB_3K = Path.of("test-js/fixtures/ssb-3k.log.offset.gz");

    final Path path;
    final Log log;
    final ViewFeed feed;

    ViewFixture(Path path) {
        this(path, new PosixStorage());
    }

    ViewFixture(Path path, Storage storage) {
        this.path = path;
        log = OffsetLog.open(path, OffsetOptions.defaults().withStorage(storage));
        feed = new ViewFeed(log, Encoding.JSON, storage, ViewFeed.directoryBeside(path));
    }

    /** Over a log of any kind. */
    ViewFixture(Path path, Log log, boolean keepsRevealed) {
        this.path = path;
        this.log = log;
        var directory = ViewFeed.directoryBeside(path);
        feed = new ViewFeed(log, Encoding.JSON, new PosixStorage(), directory, keepsRevealed);
    }

    /** Unpacks the fixture of 3,000 real messages. */
    static Path unpack(Path directory) {
        var path = directory.resolve("log.offset");
        try (var in = new GZIPInputStream(Files.newInputStream(SSB_3K))) {
            Files.copy(in, path);
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MountedView mount(String name) {
        var view = feed.mount(name, BuiltInViews.factory(name));
        reachEnd(view);
        return view;
    }

    void reachEnd(MountedView view) {
        try {
            feed.await(view, log.since());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static void awaitTrue(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new AssertionError("still not so when the test's time was over");
            }
            Thread.yield();
        }
    }

    static long find(MountedView view, String method, String key) {
        return view.find(view.method(method, ViewMethod.Lookup.class), bytes(key));
    }

    static List<Long> read(MountedView view, Map<String, String> options) {
        return read(view, "read", options);
    }

    static List<Long> read(MountedView view, String method, Map<String, String> options) {
        var source = view.method(method, ViewMethod.Source.class);
        return drain(view, view.read(_ -> source.open(options)));
    }

    /** Everything there is now, by batches of seven. */
    static List<Long> drain(MountedView view, ViewMethod.Rows rows) {
        var found = new ArrayList<Long>();
        long[] seqs = new long[7];
        while (true) {
            int count = view.read(_ -> rows.next(seqs));
            if (count == 0) {
                return found;
            }
            for (int i = 0; i < count; i++) {
                found.add(seqs[i]);
            }
        }
    }

    static String value(MountedView view, String method, Map<String, String> options) {
        var value = view.method(method, ViewMethod.Value.class);
        return view.read(_ -> value.read(options));
    }

    static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        feed.close();
        log.close();
    }
}
