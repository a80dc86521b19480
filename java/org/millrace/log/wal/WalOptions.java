package org.millrace.log.wal;

import org.millrace.format.WalFrame;
import org.millrace.format.WalHeader;
import org.millrace.log.Durability;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.util.function.LongSupplier;

/**
 * How a {@link WalLog} is opened: set what differs from the defaults, then open. Every setter
 * returns this.
 *
 * <p><b>Threads.</b> One; not read any more once the log is open.
 */
public final class WalOptions {
    private Durability durability = Durability.SYNC;
    private boolean readOnly;
    private long segmentBytes = 256L << 20;
    private long preallocateBytes = 16L << 20;
    private int bufferBytes = 1 << 20;
    private long writeTimeoutMs = 250;
    private int groupWaitMicros = 500;
    private long retainBytes = Long.MAX_VALUE;
    private long retainMs = Long.MAX_VALUE;
    private int zstdLevel;
    private byte[] key;
    private LongSupplier clockMs = System::currentTimeMillis;
    private Storage storage;

    private WalOptions() {}

    /** Level sync; segments of 256 MiB; nothing dropped, compressed or encrypted. */
    public static WalOptions defaults() {
        return new WalOptions();
    }

    /** When an append counts as done. */
    public WalOptions durability(Durability value) {
        durability = value;
        return this;
    }

    /** Never writes, takes no lock; follows a live tail of another process. */
    public WalOptions readOnly(boolean value) {
        readOnly = value;
        return this;
    }

    /** A segment that is at least this long gets no more appends; an append is never split. */
    public WalOptions segmentBytes(long value) {
        segmentBytes = atLeast("segmentBytes", value, WalHeader.BYTES + WalFrame.HEADER_BYTES);
        return this;
    }

    /**
     * Level sync: zeros written ahead of the tail in steps of this, so that an fdatasync has no
     * file length to store; 0 = off.
     */
    public WalOptions preallocateBytes(long value) {
        preallocateBytes = atLeast("preallocateBytes", value, 0);
        return this;
    }

    /** What one write gathers at most, and what level memory holds unwritten. */
    public WalOptions bufferBytes(int value) {
        bufferBytes = (int) atLeast("bufferBytes", value, 4096);
        return this;
    }

    /** Level memory: longest time from an append to its write. */
    public WalOptions writeTimeoutMs(long value) {
        writeTimeoutMs = atLeast("writeTimeoutMs", value, 0);
        return this;
    }

    /**
     * Level sync: longest time that a group waits for appenders that usually come, before its
     * fdatasync; adapts below that, and is 0 for a lone appender.
     */
    public WalOptions groupWaitMicros(int value) {
        groupWaitMicros = (int) atLeast("groupWaitMicros", value, 0);
        return this;
    }

    /** Drops the oldest sealed segments while all files together are larger. */
    public WalOptions retainBytes(long value) {
        retainBytes = atLeast("retainBytes", value, 0);
        return this;
    }

    /** Drops segments that were sealed longer ago. */
    public WalOptions retainMs(long value) {
        retainMs = atLeast("retainMs", value, 0);
        return this;
    }

    /** Compresses sealed segments, 1 to 22; 0 = off. Needs zstd-jni on the class path. */
    public WalOptions zstdLevel(int value) {
        zstdLevel = (int) atLeast("zstdLevel", value, 0);
        return this;
    }

    /** Encrypts sealed segments with keys derived from this one, 32 bytes; null = off. */
    public WalOptions key(byte[] value) {
        if (value != null && value.length != 32) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "key has " + value.length + " bytes, must have 32");
        }
        key = value == null ? null : value.clone();
        return this;
    }

    /** The wall clock; for tests of retention by age. */
    public WalOptions clockMs(LongSupplier value) {
        clockMs = value;
        return this;
    }

    /** Where files are; faults are injected here. */
    public WalOptions storage(Storage value) {
        storage = value;
        return this;
    }

    public Durability durability() {
        return durability;
    }

    public boolean readOnly() {
        return readOnly;
    }

    public long segmentBytes() {
        return segmentBytes;
    }

    /** 0 at the levels that do not sync. */
    public long preallocateBytes() {
        return durability == Durability.SYNC ? preallocateBytes : 0;
    }

    public int bufferBytes() {
        return bufferBytes;
    }

    public long writeTimeoutMs() {
        return writeTimeoutMs;
    }

    public int groupWaitMicros() {
        return groupWaitMicros;
    }

    public long retainBytes() {
        return retainBytes;
    }

    public long retainMs() {
        return retainMs;
    }

    public int zstdLevel() {
        return zstdLevel;
    }

    /** The key itself, not a copy; null = none. */
    byte[] key() {
        return key;
    }

    public long nowMs() {
        return clockMs.getAsLong();
    }

    public Storage storage() {
        if (storage == null) {
            storage = new PosixStorage();
        }
        return storage;
    }

    private static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, name + " " + value + ", must be at least " + least);
        }
        return value;
    }
}
