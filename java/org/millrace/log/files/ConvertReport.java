package org.millrace.log.files;

import org.millrace.log.maintenance.LogFormat;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@link LogFiles#convert} did.
 *
 * @param from the source; not touched
 * @param fromFormat its format
 * @param to the new log
 * @param toFormat its format
 * @param records copied, and compared afterwards
 * @param resumed how many of them an interrupted conversion had copied already
 * @param skippedRanges damaged ranges of the source that were left out
 */
public record ConvertReport(
        String from,
        LogFormat fromFormat,
        String to,
        LogFormat toFormat,
        long records,
        long resumed,
        long skippedRanges) {
    /** By name, for JSON. */
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("from", from);
        fields.put("fromFormat", fromFormat.label());
        fields.put("to", to);
        fields.put("toFormat", toFormat.label());
        fields.put("records", records);
        fields.put("resumed", resumed);
        fields.put("skippedRanges", skippedRanges);
        return fields;
    }
}
