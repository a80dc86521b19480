package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/**
 * Where one value stands in the record that was scanned last. Reused from record to record.
 *
 * <p>A string's bytes are between its quotes. They are its UTF-8 text as they stand unless {@link
 * #escaped}; then {@link #decode} gives the text. Objects and arrays span their whole encoding.
 */
public class Span {
    /** Text form: UTF-8 as it stands. */
    static final int PLAIN = 0;

    /** Text form, a bit: has JSON escapes. */
    static final int JSON_ESCAPES = 1;

    /** Text form, a bit: has bytes above 0x7F, which may be ill-formed UTF-8. */
    static final int NOT_ASCII = 2;

    /** Text form, a bit: CBOR chunks with their heads between them. */
    static final int CBOR_CHUNKS = 4;

    private final Message message;
    private long scan;
    private int offset;
    private int length;
    private int form;
    private Kind kind = Kind.MISSING;
    private double number;

    Span(Message message) {
        this.message = message;
    }

    /** What stands here; {@link Kind#MISSING} when the last record has no such value. */
    public final Kind kind() {
        return isPresent() ? kind : Kind.MISSING;
    }

    public final boolean isPresent() {
        return scan == message.scan();
    }

    public final boolean isString() {
        return isPresent() && kind == Kind.STRING;
    }

    /** The record that the value stands in: the message's own copy. */
    public final MemorySegment block() {
        return message.block();
    }

    final byte[] bytes() {
        return message.bytes();
    }

    final int at() {
        return offset;
    }

    /** Position of the first byte in {@link #block}; meaningless when missing. */
    public final long offset() {
        return offset;
    }

    /** Length in bytes as it stands in the block; 0 when missing. */
    public final int length() {
        return isPresent() ? length : 0;
    }

    /** Whether the bytes of this string are not its UTF-8 text: call {@link #decode} for that. */
    public final boolean escaped() {
        if (form == PLAIN) {
            return false;
        }
        if (form == NOT_ASCII) {
            form = Utf8.isValid(bytes(), offset, length) ? PLAIN : NOT_ASCII;
        }
        return form != PLAIN;
    }

    /** The number; NaN when this is none. JSON's 1e400 is Infinity, as for JSON.parse. */
    public final double number() {
        return isPresent() && kind == Kind.NUMBER ? number : Double.NaN;
    }

    /** The number when it is an integer of 0 .. 2^53 - 1, else -1. */
    public final long integer() {
        double value = number();
        return value >= 0 && value <= 9_007_199_254_740_991.0 && value == Math.rint(value)
                ? (long) value
                : -1;
    }

    /** Writes the text of this string, as UTF-8, into {@code scratch}. */
    public final void decode(Scratch scratch) {
        scratch.clear();
        if (isPresent()) {
            Texts.decode(bytes(), offset, length, form, scratch);
        }
    }

    /** Whether this is a string with exactly this text (UTF-8 bytes in {@code other}). */
    public final boolean contentEquals(MemorySegment other, long otherOffset, long otherLength) {
        if (!isString()) {
            return false;
        }
        if (!escaped()) {
            return equal(block(), offset, length, other, otherOffset, otherLength);
        }
        var scratch = message.scratch();
        decode(scratch);
        return equal(scratch.memory(), 0, scratch.length(), other, otherOffset, otherLength);
    }

    private static boolean equal(
            MemorySegment a, long at, long length, MemorySegment b, long bAt, long bLength) {
        return length == bLength
                && MemorySegment.mismatch(a, at, at + length, b, bAt, bAt + bLength) < 0;
    }

    /** A keyed hash of this string's text, the same however it is escaped. */
    public final long hash(long seed) {
        if (!escaped()) {
            return Words.hash(bytes(), offset, length(), seed);
        }
        var scratch = message.scratch();
        decode(scratch);
        return Words.hash(scratch.bytes(), 0, scratch.length(), seed);
    }

    /** The text of this string, for messages, tests and rare calls; null when it is no string. */
    public final String text() {
        if (!isString()) {
            return null;
        }
        var scratch = message.scratch();
        decode(scratch);
        return scratch.toString();
    }

    final void set(Kind kind, int offset, int length, int form) {
        this.kind = kind;
        this.offset = offset;
        this.length = length;
        this.form = form;
        this.scan = message.scan();
    }

    final void setNumber(int offset, int length, double number) {
        set(Kind.NUMBER, offset, length, PLAIN);
        this.number = number;
    }

    final void endAt(int end) {
        length = end - offset;
    }

    final void copyFrom(Span other) {
        set(other.kind, other.offset, other.length, other.form);
    }

    final void remove() {
        scan = 0;
    }

    final int form() {
        return form;
    }
}
