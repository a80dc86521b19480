package org.millrace.log.maintenance;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bytes of a log that are no valid frames.
 *
 * @param file the file they stand in; of a segmented log the segment
 * @param offset in that file
 * @param length in bytes
 * @param reason {@code framing}: one frame whose record stands but whose lengths do not agree;
 *     {@code torn}: the file ends before the frame does; {@code zero}: zeros where a frame should
 *     be; {@code checksum}; {@code chain}: anything else that is no frame
 * @param isTail nothing valid follows: what a crash leaves, and what opening for writing cuts
 */
public record DamagedRange(String file, long offset, long length, String reason, boolean isTail) {
    /** One record of the log is still to be had: only what surrounds it is broken. */
    public static final String FRAMING = "framing";

    public long end() {
        return offset + length;
    }

    /** By name, for JSON. */
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("file", file);
        fields.put("offset", offset);
        fields.put("length", length);
        fields.put("reason", reason);
        fields.put("tail", isTail);
        return fields;
    }
}
