package org.millrace.log;

/**
 * What opening a log found and did.
 *
 * @param recovered true when the tail was cut
 * @param truncatedAtOffset new end of the file, or -1
 * @param quarantinedBytes bytes copied aside before they were cut; 0 when none
 * @param quarantine the file they were copied to, or ""
 * @param reason why: {@code none | torn | zero | checksum | chain}
 * @param damagedAtOffset where damage was found that something valid follows, or -1; such a log is
 *     read-only
 * @param damagedBytes from there to the next readable record
 */
public record OpenReport(
        boolean recovered,
        long truncatedAtOffset,
        long quarantinedBytes,
        String quarantine,
        String reason,
        long damagedAtOffset,
        long damagedBytes) {
    public static final OpenReport CLEAN = new OpenReport(false, -1, 0, "", "none", -1, 0);

    /** The tail was cut. */
    public static OpenReport cut(long atOffset, long bytes, String quarantine, String reason) {
        return new OpenReport(true, atOffset, bytes, quarantine, reason, -1, 0);
    }

    /** Damage before the tail; nothing was changed. */
    public static OpenReport damaged(String reason, long atOffset, long bytes) {
        return new OpenReport(false, -1, 0, "", reason, atOffset, bytes);
    }
}
