package org.millrace.view;

/**
 * How far a view is.
 *
 * @param name of the view
 * @param since last sequence it has taken in; -1 = none
 * @param target the log's last sequence
 * @param records taken in since it was mounted or began anew
 * @param recordsPerSecond over the last second or two
 * @param secondsLeft until it reaches the target at that pace; -1 = unknown
 */
public record ViewProgress(
        String name,
        long since,
        long target,
        long records,
        double recordsPerSecond,
        double secondsLeft) {}
