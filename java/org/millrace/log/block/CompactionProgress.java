package org.millrace.log.block;

/**
 * How far a compaction is.
 *
 * @param startOffset where it began: the first block with a deleted record
 * @param compactedOffset the block that is rewritten now
 * @param unshiftedOffset the first record that has not been moved
 * @param percent the share of the log that is done, 0 to 1, as the peer counts it
 */
public record CompactionProgress(
        long startOffset, long compactedOffset, long unshiftedOffset, double percent) {}
