package org.millrace.log.maintenance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code LogFiles.verify} found.
 *
 * @param path of the log
 * @param format recognised, or as told
 * @param bytes on disk
 * @param records that can be read, deleted ones not counted
 * @param deleted records
 * @param recordBytes the bytes of {@code records} without framing
 * @param since sequence of the last valid record, -1 = none
 * @param damages in the order they stand in; empty = the log is whole
 */
public record VerifyReport(
        String path,
        LogFormat format,
        long bytes,
        long records,
        long deleted,
        long recordBytes,
        long since,
        List<DamagedRange> damages) {
    public boolean isWhole() {
        return damages.isEmpty();
    }

    /** Bytes in damaged ranges. */
    public long damagedBytes() {
        return damages.stream().mapToLong(DamagedRange::length).sum();
    }

    /** By name, for JSON. */
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("path", path);
        fields.put("format", format.label());
        fields.put("whole", isWhole());
        fields.put("bytes", bytes);
        fields.put("records", records);
        fields.put("deleted", deleted);
        fields.put("recordBytes", recordBytes);
        fields.put("since", since);
        fields.put("damagedBytes", damagedBytes());
        fields.put("damages", damages.stream().map(DamagedRange::fields).toList());
        return fields;
    }
}
