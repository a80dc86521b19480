package org.millrace.bench;

import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * RocksDB with a big-endian key per record, one write batch per batch, its log written but not
 * synced.
 */
final class RocksStore implements Store {
    private static final int VALUE_BYTES_MAX = 1 << 16;

    private final Options options = new Options().setCreateIfMissing(true);
    private final WriteOptions writing = new WriteOptions();
    private final ReadOptions reading = new ReadOptions();
    private final RocksDB db;
    private final ByteBuffer key = ByteBuffer.allocateDirect(8);
    private final ByteBuffer value = ByteBuffer.allocateDirect(VALUE_BYTES_MAX);
    private long next;

    RocksStore(Path directory) {
        RocksDB.loadLibrary();
        try {
            db = RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void append(MemorySegment data, int[] lengths, long[] ids) {
        var bytes = data.asByteBuffer();
        int at = 0;
        try (var batch = new WriteBatch()) {
            for (int i = 0; i < lengths.length; i++) {
                bytes.limit(at + lengths[i]).position(at);
                batch.put(key(next), bytes);
                ids[i] = next++;
                at += lengths[i];
            }
            db.write(writing, batch);
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long scan() {
        long sum = 0;
        try (var iterator = db.newIterator(reading)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                int length = iterator.value(value.clear());
                sum = fold(sum, length);
            }
        }
        return sum;
    }

    @Override
    public long get(long id) {
        try {
            return fold(0, db.get(reading, key(id), value.clear()));
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        db.close();
        reading.close();
        writing.close();
        options.close();
    }

    private ByteBuffer key(long id) {
        return key.clear().putLong(0, id);
    }

    private long fold(long sum, int length) {
        return Fold.words(
                sum,
                Long.reverseBytes(value.getLong(0)),
                Long.reverseBytes(value.getLong(length - 8)),
                length);
    }
}
