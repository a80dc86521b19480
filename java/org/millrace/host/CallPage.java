package org.millrace.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The page of arguments and results of one hot call, {@code mr_call} in {@code
 * native-headers/millrace.h}, read and written in place.
 *
 * <p>The offsets and operations stand here as compile-time constants because the JIT folds them and
 * because the generated {@code abi.mr_call} costs milliseconds of start time; {@code CallPageTest}
 * compares them with it.
 *
 * <p><b>Memory.</b> The page, and what its addresses point to, is the host's, for the length of the
 * call. An address is trusted: it comes from our own addon.
 */
final class CallPage {
    //  0        8     16     24            32      40             48      56     64       72
    //  | handle | seq | data | data_length | index | index_length | count | used | needed | since |
    //  80              88      96     104
    //  | durable_since | flags | seqs |
    static final long HANDLE = 0;
    static final long SEQ = 8;
    static final long DATA = 16;
    static final long DATA_LENGTH = 24;
    static final long INDEX = 32;
    static final long INDEX_LENGTH = 40;
    static final long COUNT = 48;
    static final long USED = 56;
    static final long NEEDED = 64;
    static final long SINCE = 72;
    static final long DURABLE_SINCE = 80;
    static final long FLAGS = 88;
    static final long SEQS = 96;
    static final long BYTES = 104;

    static final int OP_ERROR = 0;
    static final int OP_APPEND = 1;
    static final int OP_GET = 2;
    static final int OP_NEXT = 3;
    static final int OP_STATE = 4;
    static final int OP_DELETE = 5;
    static final int OP_DRAIN = 6;
    static final int OP_VIEW_APPEND = 7;
    static final int OP_VIEW_GET = 8;
    static final int OP_OPEN = 9;

    static final int FLAG_PENDING = 1;
    static final int FLAG_WAIT = 2;
    static final int FLAG_FAILED = 4;
    static final int FLAG_ENDED = 8;

    /** All of the address space; a constant, so that an access by address costs no object. */
    @SuppressWarnings("restricted")
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private CallPage() {}

    static long number(long call, long field) {
        return (long) MEMORY.get(ValueLayout.JAVA_DOUBLE, call + field);
    }

    static void set(long call, long field, long value) {
        MEMORY.set(ValueLayout.JAVA_DOUBLE, call + field, value);
    }

    /** The bytes that the call's data address names. */
    static MemorySegment data(long call) {
        return area(number(call, DATA), number(call, DATA_LENGTH));
    }

    /** The bytes that the call's index address names. */
    static MemorySegment index(long call) {
        return area(number(call, INDEX), number(call, INDEX_LENGTH));
    }

    /** Where an append puts the sequence of each of {@code records}; empty when not wanted. */
    static MemorySegment seqs(long call, long records) {
        long address = number(call, SEQS);
        return address == 0 ? MemorySegment.NULL : area(address, records * Double.BYTES);
    }

    /** Memory of the host's, for the length of the call. */
    static MemorySegment area(long address, long length) {
        if (length < 0 || (address == 0 && length > 0)) {
            throw Errors.argument("a call names " + length + " bytes at address " + address);
        }
        return MEMORY.asSlice(address, length);
    }
}
