package org.millrace.host;

/** What MR_OP_STATE can ask: a log, a view. */
interface HasState {
    /** MR_OP_STATE. */
    void state(long call);
}
