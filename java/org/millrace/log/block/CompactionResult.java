package org.millrace.log.block;

/**
 * What a compaction did.
 *
 * @param sizeDiff bytes that the file is shorter; 1 when it is not but holes were filled, as the
 *     peer has it
 * @param holesFound deleted records removed, since the last resume
 */
public record CompactionResult(long sizeDiff, long holesFound) {}
