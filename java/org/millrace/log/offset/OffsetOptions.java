package org.millrace.log.offset;

import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

/**
 * How an {@link OffsetLog} is opened. Immutable; each {@code with} gives a changed copy.
 *
 * @param codec width of offsets in the file; must be the one it was written with
 * @param durability when an append counts as done
 * @param readOnly never writes, takes no lock; follows a live tail of another process
 * @param bufferBytes what one write gathers at most, and what level memory holds unwritten
 * @param writeTimeoutMs level memory: longest time from an append to its write
 * @param recordBytesMax larger records are refused by append; reading knows no such limit
 * @param checksums keeps a checksum of every record beside the log, for {@code verify}; the first
 *     open with it reads the whole log
 * @param storage where files are; faults are injected here
 */
public record OffsetOptions(
        OffsetCodec codec,
        Durability durability,
        boolean readOnly,
        int bufferBytes,
        long writeTimeoutMs,
        int recordBytesMax,
        boolean checksums,
        Storage storage) {
    /** flumelog-offset's own: 32 bit; level os; 1 MiB; 250 ms; records of at most 16 MiB. */
    public static OffsetOptions defaults() {
        return new OffsetOptions(
                OffsetCodec.BITS_32,
                Durability.OS,
                false,
                1 << 20,
                250,
                16 << 20,
                false,
                new PosixStorage());
    }

    public OffsetOptions withCodec(OffsetCodec value) {
        return new OffsetOptions(
                value,
                durability,
                readOnly,
                bufferBytes,
                writeTimeoutMs,
                recordBytesMax,
                checksums,
                storage);
    }

    public OffsetOptions withDurability(Durability value) {
        return new OffsetOptions(
                codec,
                value,
                readOnly,
                bufferBytes,
                writeTimeoutMs,
                recordBytesMax,
                checksums,
                storage);
    }

    public OffsetOptions withReadOnly(boolean value) {
        return new OffsetOptions(
                codec,
                durability,
                value,
                bufferBytes,
                writeTimeoutMs,
                recordBytesMax,
                checksums,
                storage);
    }

    public OffsetOptions withBufferBytes(int value) {
        return new OffsetOptions(
                codec,
                durability,
                readOnly,
                value,
                writeTimeoutMs,
                recordBytesMax,
                checksums,
                storage);
    }

    public OffsetOptions withWriteTimeoutMs(long value) {
        return new OffsetOptions(
                codec,
                durability,
                readOnly,
                bufferBytes,
                value,
                recordBytesMax,
                checksums,
                storage);
    }

    public OffsetOptions withRecordBytesMax(int value) {
        return new OffsetOptions(
                codec,
                durability,
                readOnly,
                bufferBytes,
                writeTimeoutMs,
                value,
                checksums,
                storage);
    }

    public OffsetOptions withChecksums(boolean value) {
        return new OffsetOptions(
                codec,
                durability,
                readOnly,
                bufferBytes,
                writeTimeoutMs,
                recordBytesMax,
                value,
                storage);
    }

    public OffsetOptions withStorage(Storage value) {
        return new OffsetOptions(
                codec,
                durability,
                readOnly,
                bufferBytes,
                writeTimeoutMs,
                recordBytesMax,
                checksums,
                value);
    }
}
