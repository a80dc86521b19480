package org.millrace.log;

/**
 * What opening a log found and did.
 *
 * @param recovered true when the tail was cut
 * @param truncatedAtOffset new end of the file, or -1
 * @param quarantinedBytes bytes copied aside before they were cut; 0 when none
 * @param quarantine the file they were copied to, or ""
 * @param reason why: {@code none | torn | zero | checksum | chain}
 */
public record OpenReport(
        boolean recovered,
        long truncatedAtOffset,
        long quarantinedBytes,
        String quarantine,
        String reason) {
    public static final OpenReport CLEAN = new OpenReport(false, -1, 0, "", "none");
}
