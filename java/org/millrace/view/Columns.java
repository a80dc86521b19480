package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Scratch;
import org.millrace.codec.Span;
import org.millrace.storage.Entropy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Rows on their way out of Java, gathered column by column: {@code js-bindings/lib/columns.js}
 * reads them.
 *
 * <p>A cell is a kind and 8 bytes: a number, the number of a text, or where a text stands. A short
 * text that may come again is sent once, and by its number from then on, as long as a column
 * repeats itself.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Owns what it gathers, until the garbage collector comes.
 */
//  0        8         16      24            24 + 8 rows
//  | rows   | records | texts | sequences   | cells of each column ... | kinds of each column ... |
//  | double | double  | start | 8 each      | 8 each                   | 1 each, then zeros to 8  |
//  texts: the bytes of all texts
final class Columns {
    static final int ROWS_MAX = 4096;

    /** A batch is ended when its texts have grown to this. */
    static final int TEXTS_WANTED = 512 * 1024;

    // Kinds, as columns.js has them.
    private static final byte UNDEFINED = 0;
    private static final byte NULL = 1;
    private static final byte FALSE = 2;
    private static final byte TRUE = 3;
    private static final byte NUMBER = 4;

    /** The 8 bytes are the text's number as a double. */
    private static final byte KNOWN = 5;

    /** The 8 bytes are start and length in the texts; it gets the column's next number. */
    private static final byte NEW = 6;

    private static final byte TEXT = 7;
    private static final byte JSON = 8;
    private static final byte BYTES = 9;

    private static final int HEADER_BYTES = 24;

    /** So often a column is asked for its texts before it must have repeated itself. */
    private static final int TRIAL = 2048;

    private static final int NUMBERED_MAX = 65_536;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final int columns;
    private final byte structure;
    private final MemorySegment seqs = Arena.ofAuto().allocate(ROWS_MAX * 8L, 8);
    private final MemorySegment[] cells;
    private final MemorySegment[] kinds;
    private final Dictionary[] known;
    private final int[] asked;
    private final Scratch scratch = new Scratch();
    private MemorySegment texts = Arena.ofAuto().allocate(64 * 1024, 8);
    private int textBytes;
    private int rows;

    Columns(int columns, Encoding encoding) {
        this.columns = columns;
        structure = encoding == Encoding.JSON ? JSON : BYTES;
        cells = new MemorySegment[columns];
        kinds = new MemorySegment[columns];
        known = new Dictionary[columns];
        asked = new int[columns];
        for (int c = 0; c < columns; c++) {
            cells[c] = Arena.ofAuto().allocate(ROWS_MAX * 8L, 8);
            kinds[c] = Arena.ofAuto().allocate(ROWS_MAX, 8);
            long seed = Entropy.nextLong();
            known[c] = new Dictionary(() -> seed);
        }
    }

    boolean isFull() {
        return rows == ROWS_MAX || textBytes >= TEXTS_WANTED;
    }

    int rows() {
        return rows;
    }

    void clear() {
        rows = 0;
        textBytes = 0;
    }

    void add(long seq, Projection from) {
        seqs.set(DOUBLE, rows * 8L, seq);
        for (int c = 0; c < columns; c++) {
            put(c, from.cell(c));
        }
        rows++;
    }

    /** Length of what {@link #writeTo} writes. */
    long bytes() {
        return HEADER_BYTES + rows * 8L * (1 + columns) + columns * kindBytes() + textBytes;
    }

    /**
     * @param records how many were looked at
     */
    void writeTo(MemorySegment to, long records) {
        to.set(DOUBLE, 0, rows);
        to.set(DOUBLE, 8, records);
        long at = HEADER_BYTES;
        MemorySegment.copy(seqs, 0, to, at, rows * 8L);
        at += rows * 8L;
        for (int c = 0; c < columns; c++) {
            MemorySegment.copy(cells[c], 0, to, at, rows * 8L);
            at += rows * 8L;
        }
        for (int c = 0; c < columns; c++) {
            MemorySegment.copy(kinds[c], 0, to, at, rows);
            at += kindBytes();
        }
        to.set(DOUBLE, 16, at);
        MemorySegment.copy(texts, 0, to, at, textBytes);
    }

    private long kindBytes() {
        return rows + 7L & -8L;
    }

    private void put(int column, Span span) {
        byte kind =
                switch (span.kind()) {
                    case MISSING -> UNDEFINED;
                    case NULL -> NULL;
                    case FALSE -> FALSE;
                    case TRUE -> TRUE;
                    case NUMBER -> {
                        cells[column].set(DOUBLE, rows * 8L, span.number());
                        yield NUMBER;
                    }
                    case STRING -> putText(column, span);
                    case OBJECT, ARRAY -> {
                        putBytes(column, span.block(), span.offset(), span.length());
                        yield structure;
                    }
                    case BYTES -> {
                        putBytes(column, span.block(), span.offset(), span.length());
                        yield BYTES;
                    }
                };
        kinds[column].set(BYTE, rows, kind);
    }

    private byte putText(int column, Span text) {
        var dictionary = known[column];
        if (dictionary != null && text.length() <= Dictionary.TEXT_BYTES_MAX) {
            int before = dictionary.count();
            int number = dictionary.number(text);
            giveUpIfVain(column, ++asked[column]);
            if (number >= 0 && number < before) {
                cells[column].set(DOUBLE, rows * 8L, number);
                return KNOWN;
            }
            if (number >= 0) {
                var bytes = dictionary.bytes(number);
                putBytes(column, bytes, 0, (int) bytes.byteSize());
                return NEW;
            }
        }
        if (text.escaped()) {
            text.decode(scratch);
            putBytes(column, scratch.memory(), 0, scratch.length());
        } else {
            putBytes(column, text.block(), text.offset(), text.length());
        }
        return TEXT;
    }

    /** Of keys and the like none ever comes again. */
    private void giveUpIfVain(int column, int times) {
        int texts = known[column].count();
        if (times == TRIAL && texts > TRIAL / 2 || texts == NUMBERED_MAX) {
            known[column] = null;
        }
    }

    private void putBytes(int column, MemorySegment block, long at, int length) {
        if (textBytes + (long) length > texts.byteSize()) {
            long size = Math.max(texts.byteSize() * 2, textBytes + (long) length);
            var larger = Arena.ofAuto().allocate(size, 8);
            MemorySegment.copy(texts, 0, larger, 0, textBytes);
            texts = larger;
        }
        MemorySegment.copy(block, at, texts, textBytes, length);
        cells[column].set(INT, rows * 8L, textBytes);
        cells[column].set(INT, rows * 8L + 4, length);
        textBytes += length;
    }

    @Override
    public String toString() {
        return rows + " rows, asked " + Arrays.toString(asked);
    }
}
