package org.millrace.bench;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * What the benchmarks ask of a log or of a store used as one: append records in order, read all in
 * order, read one by what append returned. Nobody syncs: what is appended survives the process, not
 * a power cut, in each of them.
 */
public interface Store extends AutoCloseable {
    /**
     * Appends records of {@code lengths} that stand one behind the other; {@code ids[i]} is what
     * {@code get} wants for them.
     */
    void append(MemorySegment data, int[] lengths, long[] ids);

    /** A hash over the bytes of all records, in order: {@link Fold}. */
    long scan();

    /** The same hash of one record. */
    long get(long id);

    @Override
    void close();

    /** Who takes part. */
    enum Kind {
        MILLRACE(MillraceStore::new),
        CHRONICLE(ChronicleStore::new),
        LMDB(LmdbStore::new),
        ROCKSDB(RocksStore::new);

        private final Function<Path, Store> open;

        Kind(Function<Path, Store> open) {
            this.open = open;
        }

        public Store open(Path directory) {
            return open.apply(directory);
        }
    }
}
