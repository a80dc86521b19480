package org.millrace.view.builtin;

import org.millrace.codec.Message;

/** When a message was written, as far as one may believe it. */
final class Times {
    private Times() {}

    /** What the author claims, but not after we received it; NaN when neither is known. */
    static double asserted(Message message) {
        double claimed = message.claimedTimestamp();
        double received = message.receivedTimestamp();
        return claimed <= received || received != received ? claimed : received;
    }
}
