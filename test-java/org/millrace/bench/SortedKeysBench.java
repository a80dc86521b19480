package org.millrace.bench;

import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.millrace.codec.Encoding;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.memory.RecordBatch;
import org.millrace.storage.PosixStorage;
import org.millrace.view.HostedView;
import org.millrace.view.ViewFeed;
import org.millrace.view.ViewMethod;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Which engine keeps the keys that a view's {@code map} emits?
 *
 * <p>Varies: ours, RocksDB, LMDB. Fixed: ten keys of 40 to 50 bytes for each record of a log, in
 * batches of 4096, half of them random; saved, not synced by RocksDB and LMDB. Rows: building, a
 * random get, a range of 100, bytes on disk. Does not answer: deletion, a cold disk.
 *
 * <p>{@code java -cp target/classes:target/test-classes:... org.millrace.bench.SortedKeysBench LOG}
 */
public final class SortedKeysBench {
    private static final int BATCH = 4096;
    private static final int GETS = 20_000;

    private final List<Long> seqs = new ArrayList<>();
    private final List<byte[]> keys = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        var bench = new SortedKeysBench();
        var directory = Files.createTempDirectory("sorted-keys");
        try (var log =
                OffsetLog.open(
                        Path.of(arguments[0]), OffsetOptions.defaults().withReadOnly(true))) {
            log.forEach(Range.ALL, (seq, _) -> bench.seqs.add(seq));
            bench.makeKeys();
            for (int round = 0; round < 2; round++) {
                bench.ours(log, directory.resolve("ours" + round));
                bench.rocks(directory.resolve("rocks" + round));
                bench.lmdb(directory.resolve("lmdb" + round));
            }
        } finally {
            delete(directory);
        }
    }

    private void makeKeys() {
        var random = new Random(1);
        for (int i = 0; i < seqs.size() * 10; i++) {
            var text = "type" + i % 10 + "/" + Long.toHexString(random.nextLong() | 1L << 60);
            keys.add(
                    (text + "/" + (1_600_000_000_000L + i) + "0000000")
                            .getBytes(StandardCharsets.US_ASCII));
        }
    }

    private byte[] randomKey(Random random) {
        return keys.get(random.nextInt(keys.size()));
    }

    private interface Get {
        long of(byte[] key) throws Exception;
    }

    private void report(String name, long builtNanos, Path files, Get get, Get range)
            throws Exception {
        double getNanos = time(get, GETS);
        double rangeNanos = time(range, GETS / 10);
        System.out.printf(
                "%-8s build %.2f M keys/s, get %.1f us, range of 100 %.1f us, %.1f MB%n",
                name,
                keys.size() * 1e3 / builtNanos,
                getNanos / 1e3,
                rangeNanos / 1e3,
                bytes(files) / 1e6);
    }

    private double time(Get get, int count) throws Exception {
        var random = new Random(2);
        long sum = 0;
        long start = 0;
        for (int i = -count / 2; i < count; i++) {
            start = i == 0 ? System.nanoTime() : start;
            sum += get.of(randomKey(random));
        }
        if (sum == 1) {
            throw new IllegalStateException("nothing was read");
        }
        return (System.nanoTime() - start) / (double) count;
    }

    private void ours(OffsetLog log, Path directory) throws Exception {
        long start = System.nanoTime();
        try (var feed = new ViewFeed(log, Encoding.JSON, new PosixStorage(), directory);
                var batch = RecordBatch.allocate(BATCH * 64, BATCH)) {
            var view = HostedView.mount(feed, "keys", 1, HostedView.Content.KEYS);
            for (int i = 0; i < keys.size(); i += BATCH) {
                fill(batch, i);
                while (view.isFull()) {
                    Thread.onSpinWait();
                }
                long upTo = batch.seq(batch.count() - 1);
                view.bring(0, view.mounted().since(), upTo, batch, BATCH / 10);
            }
            feed.checkpoint();
            long built = System.nanoTime() - start;
            var get = view.mounted().method("get", ViewMethod.Lookup.class);
            var read = view.mounted().method("read", ViewMethod.Source.class);
            long[] found = new long[100];
            report(
                    "millrace",
                    built,
                    directory,
                    key -> view.mounted().find(get, MemorySegment.ofArray(key)),
                    key -> {
                        var hex = HexFormat.of().formatHex(key);
                        var rows = read.open(Map.of("gte", hex, "limit", "100"));
                        return view.mounted().read(_ -> rows.next(found));
                    });
        }
    }

    private void fill(RecordBatch batch, int from) {
        batch.clear();
        int used = 0;
        for (int i = from; i < Math.min(from + BATCH, keys.size()); i++) {
            byte[] key = keys.get(i);
            MemorySegment.copy(MemorySegment.ofArray(key), 0, batch.data(), used, key.length);
            batch.add(seqs.get(i / 10), used, key.length);
            used += key.length;
        }
    }

    private void rocks(Path directory) throws Exception {
        RocksDB.loadLibrary();
        long start = System.nanoTime();
        try (var options = new Options().setCreateIfMissing(true);
                var writing = new WriteOptions().setDisableWAL(true);
                var db = RocksDB.open(options, directory.toString())) {
            for (int i = 0; i < keys.size(); i += BATCH) {
                try (var batch = new WriteBatch()) {
                    for (int k = i; k < Math.min(i + BATCH, keys.size()); k++) {
                        batch.put(keys.get(k), value(k));
                    }
                    db.write(writing, batch);
                }
            }
            db.flush(new FlushOptions());
            long built = System.nanoTime() - start;
            report(
                    "rocksdb",
                    built,
                    directory,
                    key -> ByteBuffer.wrap(db.get(key)).getLong(),
                    key -> {
                        long sum = 0;
                        try (var iterator = db.newIterator()) {
                            iterator.seek(key);
                            for (int i = 0; i < 100 && iterator.isValid(); i++, iterator.next()) {
                                sum += iterator.key().length + iterator.value()[7];
                            }
                        }
                        return sum;
                    });
        }
    }

    private void lmdb(Path directory) throws Exception {
        Files.createDirectories(directory);
        long start = System.nanoTime();
        try (var env =
                Env.create()
                        .setMapSize(4L << 30)
                        .setMaxDbs(1)
                        .open(directory.toFile(), EnvFlags.MDB_NOSYNC)) {
            var db = env.openDbi("keys", DbiFlags.MDB_CREATE);
            var key = ByteBuffer.allocateDirect(64);
            var value = ByteBuffer.allocateDirect(8);
            for (int i = 0; i < keys.size(); i += BATCH) {
                try (var transaction = env.txnWrite()) {
                    for (int k = i; k < Math.min(i + BATCH, keys.size()); k++) {
                        key.clear().put(keys.get(k)).flip();
                        value.clear().put(value(k)).flip();
                        db.put(transaction, key, value);
                    }
                    transaction.commit();
                }
            }
            env.sync(true);
            long built = System.nanoTime() - start;
            report(
                    "lmdb",
                    built,
                    directory,
                    wanted -> {
                        key.clear().put(wanted).flip();
                        try (var transaction = env.txnRead()) {
                            return db.get(transaction, key).getLong();
                        }
                    },
                    wanted -> {
                        key.clear().put(wanted).flip();
                        long sum = 0;
                        try (var transaction = env.txnRead();
                                var cursor = db.openCursor(transaction)) {
                            boolean isThere = cursor.get(key, GetOp.MDB_SET_RANGE);
                            for (int i = 0; i < 100 && isThere; i++, isThere = cursor.next()) {
                                sum += cursor.key().remaining() + cursor.val().get(7);
                            }
                        }
                        return sum;
                    });
        }
    }

    private byte[] value(int key) {
        return ByteBuffer.allocate(8).putLong(seqs.get(key / 10)).array();
    }

    private static long bytes(Path directory) {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
