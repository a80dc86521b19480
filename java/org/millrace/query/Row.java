package org.millrace.query;

import org.millrace.codec.Message;

/**
 * The record at hand, seen by rules: values are read out of its bytes when a rule asks. Reused;
 * what rules make of it keeps nothing of the record's memory.
 */
final class Row {
    private final Field record;
    private Message message;

    /**
     * @param record the place of the whole record
     */
    Row(Field record) {
        this.record = record;
    }

    Row over(Message scanned) {
        message = scanned;
        return this;
    }

    Object value(Field field) {
        return field.value(message);
    }

    Object value() {
        return record.value(message);
    }
}
