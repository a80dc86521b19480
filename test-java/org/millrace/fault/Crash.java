package org.millrace.fault;

/** What a log at its durability level must survive with nothing acknowledged lost. */
public enum Crash {
    /**
     * Level {@code os}: the process dies, the operating system lives. Only such images are made.
     */
    KILL,
    /** Level {@code sync}: the power fails. Images of both kinds are made. */
    POWER_CUT
}
