package org.millrace.log.maintenance;

import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

/**
 * How {@code LogFiles} looks at a log. Immutable; each {@code with} gives a changed copy.
 *
 * @param format null = recognised by what stands in the file
 * @param skipDamaged {@code convert}: go on behind damaged ranges rather than refuse
 * @param progress hears how far the work is
 * @param storage where files are
 */
public record MaintenanceOptions(
        LogFormat format, boolean skipDamaged, WorkProgress progress, Storage storage) {
    public static MaintenanceOptions defaults() {
        return new MaintenanceOptions(null, false, WorkProgress.NONE, new PosixStorage());
    }

    public MaintenanceOptions withFormat(LogFormat value) {
        return new MaintenanceOptions(value, skipDamaged, progress, storage);
    }

    public MaintenanceOptions withSkipDamaged(boolean value) {
        return new MaintenanceOptions(format, value, progress, storage);
    }

    public MaintenanceOptions withProgress(WorkProgress value) {
        return new MaintenanceOptions(format, skipDamaged, value, storage);
    }

    public MaintenanceOptions withStorage(Storage value) {
        return new MaintenanceOptions(format, skipDamaged, progress, value);
    }
}
