package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.log.Moves;
import org.millrace.storage.Storage;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What happened to a log's records after views took them in: some were deleted or dropped, some
 * decrypted, and all may have moved.
 *
 * <p><b>Threads.</b> {@link #remember} and {@link #forget} one at a time; see {@link Deleted},
 * {@link Revealed} and {@link LateRecords} for the rest.
 */
final class Amendments implements AutoCloseable {
    private final Log log;
    private final LogIdentity identity;
    private final Deleted deleted;
    private final Revealed revealed;
    private final LateRecords late;
    private volatile int deletions;

    /** The log's, as the sequences here are known; -1 = it changed while they were read. */
    private long epoch;

    /**
     * @param storage null: all is kept in memory only
     * @param directory of the log's views
     */
    Amendments(Log log, Encoding encoding, Storage storage, Path directory, boolean keepsRevealed) {
        this.log = log;
        epoch = log.epoch();
        identity = new LogIdentity(log);
        if (storage == null) {
            deleted = Deleted.inMemory();
            revealed = Revealed.inMemory();
        } else {
            deleted = Deleted.open(storage, directory.resolve("deleted"), identity, epoch);
            if (deleted.wasDamaged()) {
                forgetCheckpoints(storage, directory);
            }
            var path = directory.resolve("revealed");
            revealed = Revealed.open(storage, path, identity, keepsRevealed);
        }
        deleted.dropBefore(log.droppedBefore());
        late = new LateRecords(log, encoding, revealed, keepsRevealed);
        late.findAgain();
        epoch = log.epoch() == epoch ? epoch : -1;
    }

    Deleted deleted() {
        return deleted;
    }

    Revealed revealed() {
        return revealed;
    }

    /** Those decrypted after views took them in. By who holds the feed. */
    LateRecords late() {
        return late;
    }

    int deletions() {
        return deletions;
    }

    /** Before the log deletes them: what views answer, they look up in {@link #deleted}. */
    void remember(long[] seqs) {
        deleted.add(seqs, Arrays.stream(seqs).mapToInt(identity::crc).toArray());
    }

    /** The log has deleted them. */
    void forget(long[] seqs) {
        for (long seq : seqs) {
            revealed.erase(seq);
        }
        deletions++;
    }

    /** The log has dropped records. By who holds the feed. */
    void dropBefore(long seq) {
        deleted.dropBefore(seq);
        revealed.eraseBefore(seq);
    }

    /**
     * The log's records have moved. By who holds the feed.
     *
     * @param to the log's epoch now
     * @param moves where they went; null = nobody knows
     */
    void moved(long to, Moves moves) {
        deleted.clear(to);
        if (moves != null && moves.from() == epoch) {
            revealed.move(moves);
        } else {
            revealed.lose();
            late.findAgain();
        }
        epoch = to;
    }

    @Override
    public void close() {
        deleted.close();
        revealed.close();
    }

    private static void forgetCheckpoints(Storage storage, Path directory) {
        for (var name : storage.list(directory)) {
            if (!name.toString().startsWith("deleted") && !name.toString().equals("revealed")) {
                new ViewFiles(storage, directory.resolve(name)).deleteAllBut(List.of());
            }
        }
    }
}
