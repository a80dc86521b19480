package org.millrace.bench;

import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** LMDB with an integer key per record, in append mode, one transaction per batch, without sync. */
final class LmdbStore implements Store {
    private static final long MAP_BYTES = 8L << 30;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> records;
    private final ByteBuffer key = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    private Txn<ByteBuffer> reader;
    private long next;

    LmdbStore(Path directory) {
        env =
                Env.create()
                        .setMapSize(MAP_BYTES)
                        .open(directory.toFile(), EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP);
        records = env.openDbi("records", DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
    }

    @Override
    public void append(MemorySegment data, int[] lengths, long[] ids) {
        var bytes = data.asByteBuffer();
        int at = 0;
        try (var transaction = env.txnWrite()) {
            for (int i = 0; i < lengths.length; i++) {
                bytes.limit(at + lengths[i]).position(at);
                records.put(transaction, key(next), bytes, PutFlags.MDB_APPEND);
                ids[i] = next++;
                at += lengths[i];
            }
            transaction.commit();
        }
    }

    @Override
    public long scan() {
        long sum = 0;
        try (var transaction = env.txnRead();
                var cursor = records.openCursor(transaction)) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
                sum = fold(sum, cursor.val());
            }
        }
        return sum;
    }

    @Override
    public long get(long id) {
        if (reader == null) {
            reader = env.txnRead();
        }
        return fold(0, records.get(reader, key(id)));
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
        }
        env.close();
    }

    private ByteBuffer key(long id) {
        return key.putLong(0, id).clear();
    }

    private static long fold(long sum, ByteBuffer value) {
        var bytes = value.order(ByteOrder.nativeOrder());
        int length = bytes.remaining();
        return Fold.words(sum, bytes.getLong(0), bytes.getLong(length - 8), length);
    }
}
