package org.millrace.log.maintenance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code LogFiles.stat} saw, without reading the log.
 *
 * @param path of the log
 * @param format recognised, or as told
 * @param bytes on disk
 * @param since sequence of the last record, -1 = none; null when the log does not end with a whole
 *     record
 * @param checkpointEnd up to where the log was known to be whole and durable when it was last
 *     drained; -1 = not known
 * @param quarantine files that recovery or repair put aside
 */
public record StatReport(
        String path,
        LogFormat format,
        long bytes,
        Long since,
        long checkpointEnd,
        List<String> quarantine) {
    /** By name, for JSON. */
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("path", path);
        fields.put("format", format.label());
        fields.put("bytes", bytes);
        fields.put("since", since);
        fields.put("checkpointEnd", checkpointEnd);
        fields.put("quarantine", quarantine);
        return fields;
    }
}
