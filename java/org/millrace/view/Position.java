package org.millrace.view;

import org.millrace.format.ViewManifest;

/**
 * How much of a log is in a view.
 *
 * @param since last sequence that it has taken in; -1 = none
 * @param revealed how many of the records that were decrypted late; see {@link Revealed#count}
 */
record Position(long since, int revealed) {
    static Position of(ViewManifest manifest) {
        return new Position(manifest.since(), manifest.revealed());
    }
}
