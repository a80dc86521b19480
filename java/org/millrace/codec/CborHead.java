package org.millrace.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The head of a CBOR item (RFC 8949, section 3): what it is, and its argument. Reused. */
final class CborHead {
    static final int UNSIGNED = 0;
    static final int NEGATIVE = 1;
    static final int BYTES = 2;
    static final int TEXT = 3;
    static final int ARRAY = 4;
    static final int MAP = 5;
    static final int TAG = 6;
    static final int SIMPLE = 7;

    /** {@link #info} of an item without a length, and of the break that ends it. */
    static final int INDEFINITE = 31;

    private static final VarHandle UINT16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle UINT32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle UINT64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    int major;
    int info;

    /** Unsigned. */
    long argument;

    /** Reads the head at {@code at}; returns the position behind it, -1 when ill-formed. */
    int read(byte[] block, int at, int end) {
        if (at >= end) {
            return -1;
        }
        int first = block[at] & 0xFF;
        major = first >>> 5;
        info = first & 0x1F;
        int bytes = info < 24 ? 0 : 1 << info - 24;
        int p = at + 1;
        if (info >= 28) {
            boolean isOpen = major >= BYTES && major <= MAP || major == SIMPLE;
            argument = 0;
            return info == INDEFINITE && isOpen ? p : -1;
        }
        if (p + bytes > end) {
            return -1;
        }
        argument =
                switch (bytes) {
                    case 0 -> info;
                    case 1 -> block[p] & 0xFF;
                    case 2 -> (short) UINT16.get(block, p) & 0xFFFF;
                    case 4 -> (int) UINT32.get(block, p) & 0xFFFF_FFFFL;
                    default -> (long) UINT64.get(block, p);
                };
        if (major == SIMPLE && info == 24 && argument < 32) {
            return -1;
        }
        return p + bytes;
    }

    /** Reads the tags at {@code at}, if any, and the head behind them. */
    int readUntagged(byte[] block, int at, int end) {
        int p = at;
        do {
            p = read(block, p, end);
        } while (p >= 0 && major == TAG);
        return p;
    }

    boolean isBreak() {
        return major == SIMPLE && info == INDEFINITE;
    }

    boolean isIndefinite() {
        return info == INDEFINITE;
    }

    /** Whether {@code count} items, or bytes, per unit of the argument fit before {@code end}. */
    boolean fits(int at, int end, int count) {
        return argument >= 0 && argument <= (end - at) / count;
    }

    /** The value of an integer or float; NaN for what is no number. */
    double number() {
        return switch (major) {
            case UNSIGNED -> unsigned(argument);
            case NEGATIVE -> argument == -1 ? -0x1p64 : -unsigned(argument + 1);
            default ->
                    switch (info) {
                        case 25 -> Float.float16ToFloat((short) argument);
                        case 26 -> Float.intBitsToFloat((int) argument);
                        case 27 -> Double.longBitsToDouble(argument);
                        default -> Double.NaN;
                    };
        };
    }

    boolean isFloat() {
        return major == SIMPLE && info >= 25 && info <= 27;
    }

    /** Position behind the text or byte string whose head was read; -1 when ill-formed. */
    int stringEnd(byte[] block, int at, int end) {
        if (!isIndefinite()) {
            return fits(at, end, 1) ? at + (int) argument : -1;
        }
        int kind = major;
        for (int p = at; ; ) {
            p = read(block, p, end);
            if (p < 0 || isBreak()) {
                return p;
            }
            if (major != kind || isIndefinite() || !fits(p, end, 1)) {
                return -1;
            }
            p += (int) argument;
        }
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : (value >>> 1 | value & 1) * 2.0;
    }
}
