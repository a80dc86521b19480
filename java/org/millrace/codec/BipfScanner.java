package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Scans bipf, the binary JSON of ssb-db2: {@code varint (length << 3 | type)}, then the bytes.
 *
 * <p>Stricter than the npm package where that would read past a value's container: every length
 * must fit, an int32 has 4 bytes and a double 8, a boolean 0 or 1, keys are strings, and nothing
 * follows the record's value. What is nested deeper than {@link #DEPTH_MAX} is skipped by its
 * length. Strings that are not UTF-8 read as U+FFFD, as {@code buffer.toString()} has it.
 */
final class BipfScanner implements Scanner {
    private static final int STRING = 0;
    private static final int BUFFER = 1;
    private static final int INT = 2;
    private static final int DOUBLE = 3;
    private static final int ARRAY = 4;
    private static final int OBJECT = 5;
    private static final int BOOLNULL = 6;

    private static final VarHandle INT32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOAT64 =
            MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

    private final Walk walk = new Walk();
    private final int[] ends = new int[DEPTH_MAX + 1];
    private final boolean[] objects = new boolean[DEPTH_MAX + 1];

    private byte[] block;

    /** The tag read last. */
    private int type;

    private int length;

    @Override
    public boolean scan(MemorySegment block, long offset, int length, Message message) {
        if (!message.take(block, offset, length)) {
            return false;
        }
        this.block = message.bytes();
        walk.begin(message);
        if (!record(0, length)) {
            message.begin();
            return false;
        }
        walk.finish();
        return true;
    }

    private boolean record(int offset, int recordEnd) {
        int depth = 0;
        int p = offset;
        int end = recordEnd;
        for (; ; ) {
            boolean isKey = depth > 0 && objects[depth];
            if (isKey) {
                p = key(p, end);
                if (p < 0) {
                    return false;
                }
            }
            int start = p;
            p = tag(p, end);
            if (p < 0) {
                return false;
            }
            if ((type == ARRAY || type == OBJECT) && depth < DEPTH_MAX) {
                walk.open(type == ARRAY ? Kind.ARRAY : Kind.OBJECT, start);
                objects[++depth] = type == OBJECT;
                end = p + length;
                ends[depth] = end;
            } else {
                if (!scalar(start, p)) {
                    return false;
                }
                p += length;
            }
            while (p == end) {
                if (depth == 0) {
                    return true;
                }
                walk.close(p);
                depth--;
                end = depth == 0 ? recordEnd : ends[depth];
            }
            if (depth == 0) {
                return false;
            }
        }
    }

    private int key(int at, int end) {
        int p = tag(at, end);
        if (p < 0 || type != STRING) {
            return -1;
        }
        walk.key(p, length, form(p));
        return p + length;
    }

    private boolean scalar(int start, int at) {
        switch (type) {
            case STRING -> walk.string(at, length, form(at));
            case BUFFER -> walk.simple(Kind.BYTES, at, length);
            case INT -> {
                if (length != 4) {
                    return false;
                }
                walk.number(at, 4, (int) INT32.get(block, at));
            }
            case DOUBLE -> {
                if (length != 8) {
                    return false;
                }
                walk.number(at, 8, (double) FLOAT64.get(block, at));
            }
            case BOOLNULL -> {
                int value = length == 0 ? 3 : block[at];
                if (length > 1 || value < 0 || value > 3 || length == 1 && value == 3) {
                    return false;
                }
                walk.simple(BOOLNULLS[value], at, length);
            }
            case ARRAY, OBJECT ->
                    walk.skip(type == ARRAY ? Kind.ARRAY : Kind.OBJECT, start, at + length);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static final Kind[] BOOLNULLS = {Kind.FALSE, Kind.TRUE, Kind.MISSING, Kind.NULL};

    /** Reads a tag into {@link #type} and {@link #length}; returns the position behind, or -1. */
    private int tag(int at, int end) {
        long tag = 0;
        int p = at;
        for (int shift = 0; shift < 35; shift += 7) {
            if (p >= end) {
                return -1;
            }
            int octet = block[p++];
            tag |= (long) (octet & 0x7F) << shift;
            if (octet >= 0) {
                type = (int) tag & 7;
                length = (int) (tag >>> 3);
                return p + (tag >>> 3) <= end ? p : -1;
            }
        }
        return -1;
    }

    private int form(int at) {
        return Words.isAscii(block, at, length) ? Span.PLAIN : Span.NOT_ASCII;
    }
}
