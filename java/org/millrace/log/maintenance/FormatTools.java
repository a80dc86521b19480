package org.millrace.log.maintenance;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.engine.SideFiles;

import java.nio.file.Path;

/** What {@code LogFiles} must know of one format. Threads: one. */
public interface FormatTools {
    /** Reads everything, changes nothing. */
    VerifyReport verify(Path path, MaintenanceOptions options);

    /**
     * Makes a log whole whose writer lock the caller holds.
     *
     * @param found what {@link #verify} said under that lock; has damages
     */
    RepairReport repair(Path path, VerifyReport found, MaintenanceOptions options);

    /** Looks, without reading the log. */
    StatReport stat(Path path, MaintenanceOptions options);

    /** The file whose lock makes a writer the only one. */
    default Path lockOf(Path path) {
        return SideFiles.lockOf(path);
    }

    /** Opens the log; created when it is missing unless read-only. */
    Log open(Path path, Durability durability, boolean readOnly, MaintenanceOptions options);
}
