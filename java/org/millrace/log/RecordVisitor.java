package org.millrace.log;

import org.millrace.memory.Slice;

/** Takes records one at a time; {@link Log#forEach}. */
@FunctionalInterface
public interface RecordVisitor {
    /**
     * @param seq sequence of the record
     * @param record its bytes, borrowed until this call returns
     */
    void visit(long seq, Slice record);
}
