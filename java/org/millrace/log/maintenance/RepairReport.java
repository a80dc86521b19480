package org.millrace.log.maintenance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code LogFiles.repair} did.
 *
 * @param changed false: the log was whole, not one byte was written
 * @param restoredRecords records whose framing was written anew
 * @param removedRanges damaged ranges that now read as deleted records, or were cut
 * @param removedBytes in them
 * @param quarantine copies of everything that was changed, as it was
 * @param before what verify said
 * @param after what verify says now
 */
public record RepairReport(
        boolean changed,
        long restoredRecords,
        long removedRanges,
        long removedBytes,
        List<String> quarantine,
        VerifyReport before,
        VerifyReport after) {
    /** Nothing was wrong. */
    public static RepairReport nothing(VerifyReport found) {
        return new RepairReport(false, 0, 0, 0, List.of(), found, found);
    }

    /** By name, for JSON. */
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("path", before.path());
        fields.put("format", before.format().label());
        fields.put("changed", changed);
        fields.put("restoredRecords", restoredRecords);
        fields.put("removedRanges", removedRanges);
        fields.put("removedBytes", removedBytes);
        fields.put("quarantine", quarantine);
        fields.put("before", before.fields());
        fields.put("after", after.fields());
        return fields;
    }
}
