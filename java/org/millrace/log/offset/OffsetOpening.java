package org.millrace.log.offset;

import org.millrace.format.OffsetCheckpoint;
import org.millrace.format.OffsetFrame;
import org.millrace.log.Durability;
import org.millrace.log.engine.Closing;
import org.millrace.log.engine.Sectors;
import org.millrace.log.engine.SideFiles;
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
        var absolute = path.toAbsolutePath().normalize();
        var mode = options.readOnly() ? Storage.OpenMode.READ : Storage.OpenMode.CREATE;
        var newNames =
                options.readOnly() ? List.<Path>of() : directoriesOfNewNames(storage, absolute);
        // The file first: a directory or a missing right is told without leaving a lock file.
        var file = storage.open(absolute, mode);
        AutoCloseable lock = null;
        try {
            lock = options.readOnly() ? () -> {} : storage.lock(SideFiles.lockOf(absolute));
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
