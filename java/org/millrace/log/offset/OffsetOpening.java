package org.millrace.log.offset;

import org.millrace.format.OffsetCheckpoint;
import org.millrace.format.OffsetFrame;
import org.millrace.log.Durability;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.FileEngine;
import org.millrace.log.engine.Health;
import org.millrace.log.engine.Sectors;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.engine.WriteSide;
import org.millrace.memory.ErrorCode;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens an offset log: file, lock, recovery, what must be durable before the first append. */
final class OffsetOpening {
    private OffsetOpening() {}

    /** {@link OffsetLog#open}. */
    static OffsetLog open(Path path, OffsetOptions options) {
        var storage = options.storage();
        var absolute = storage.canonical(path);
        var mode = options.readOnly() ? Storage.OpenMode.READ : Storage.OpenMode.CREATE;
        var newNames =
                options.readOnly() ? List.<Path>of() : directoriesOfNewNames(storage, absolute);
        // The file first: a directory or a missing right is told without leaving a lock file.
        var file = storage.open(absolute, mode);
        AutoCloseable lock = null;
        try {
            lock = options.readOnly() ? () -> {} : SideFiles.lock(storage, file);
            var sides = new SideFiles(storage, absolute);
            var checkpoints =
                    new OffsetCheckpoints(storage, sides, file, OffsetFrame.of(options.codec()));
            var checkpoint = checkpoints.load();
            var found = new OffsetRecovery(file, options, sides).run(checkpoint);
            if (!options.readOnly()) {
                found = beginTail(file, options, checkpoints, checkpoint, found);
            }
            // A durable record in a file whose name is lost is lost.
            newNames.forEach(storage::syncDirectory);
            return new OffsetLog(file, options, found, checkpoints, lock);
        } catch (RuntimeException | Error e) {
            Closing.quietly(lock, e);
            Closing.quietly(file, e);
            throw e;
        }
    }

    /**
     * Levels whose acknowledgement promises to survive a power cut keep the tail such that recovery
     * can tell a lost sector; {@link Sectors}.
     */
    static boolean isStrict(OffsetOptions options) {
        return !options.readOnly() && options.durability() != Durability.OS;
    }

    static FileEngine engine(StoredFile file, OffsetOptions options, OffsetRecovery.Found found) {
        var setup =
                new WriteSide.Setup(
                        file.path().getFileName().toString(),
                        options.durability(),
                        options.bufferBytes(),
                        options.writeTimeoutMs());
        return new FileEngine(
                options.readOnly() ? setup.readOnly() : setup,
                file,
                new WriteSide.Ends(found.since(), found.end(), found.durableSince()),
                StoredFile::truncate,
                FileEngine.Background.WRITE);
    }

    /** Null when none are kept. */
    static OffsetChecksums checksums(
            StoredFile file, OffsetOptions options, OffsetRecovery.Found found) {
        boolean isKept = options.checksums() && !options.readOnly() && found.damages().isEmpty();
        var storage = options.storage();
        return isKept
                ? OffsetChecksums.open(
                        storage,
                        new SideFiles(storage, file.path()),
                        file,
                        OffsetFrame.of(options.codec()),
                        found.end())
                : null;
    }

    static void failIfDamaged(StoredFile file, OffsetRecovery.Found found, Health health) {
        if (!found.damages().isEmpty()) {
            var first = found.damages().getFirst();
            String message = first.messageIn(file.path(), found.since());
            health.fail(ErrorCode.ERR_LOG_CORRUPT, message, null);
        }
    }

    /** Says in the checkpoint how the tail behind it will be written. */
    private static OffsetRecovery.Found beginTail(
            StoredFile file,
            OffsetOptions options,
            OffsetCheckpoints checkpoints,
            OffsetCheckpoint checkpoint,
            OffsetRecovery.Found found) {
        if (isStrict(options)) {
            file.sync();
            if (found.damages().isEmpty()) { // a checkpoint behind damage would hide it
                checkpoints.save(found.since(), true);
            }
            return found.allDurable();
        }
        if (checkpoint != null && checkpoint.strictTail()) {
            checkpoints.save(checkpoint.lastSeq(), false);
        }
        return found;
    }

    /** Directories in which opening makes a name: of the file, and of its directories. */
    private static List<Path> directoriesOfNewNames(Storage storage, Path file) {
        var directories = new ArrayList<Path>();
        for (var path = file; path.getParent() != null && !storage.exists(path); ) {
            path = path.getParent();
            directories.add(path);
        }
        return directories;
    }
}
