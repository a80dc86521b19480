package org.millrace.log;

/**
 * When an append counts as done. What a crash may lose at each level: docs/DESIGN.md, "Durability".
 */
public enum Durability {
    /** The sequence is assigned; the bytes wait in memory for the next drain. */
    MEMORY,
    /** Handed to the operating system: survives the process, not a power cut. */
    OS,
    /** fdatasync returned: survives a power cut. */
    SYNC
}
