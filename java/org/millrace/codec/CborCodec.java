package org.millrace.codec;

import co.nstant.in.cbor.CborDecoder;
import co.nstant.in.cbor.CborEncoder;
import co.nstant.in.cbor.CborException;
import co.nstant.in.cbor.model.DataItem;
import co.nstant.in.cbor.model.SimpleValue;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Whole CBOR records as cbor-java's {@link DataItem}s, for Java users. Views have {@link Scanner},
 * which is faster and builds no objects.
 *
 * <p><b>Threads.</b> Any; keeps no state.
 *
 * <p><b>Limits.</b> {@link Scanner#DEPTH_MAX} levels: cbor-java recurses, so deeper records are
 * refused before it sees them.
 */
@SuppressWarnings("exports") // a module that uses it requires cbor itself
public final class CborCodec {
    private CborCodec() {}

    /**
     * Reads a record.
     *
     * @param record exactly one CBOR item, for example {@code slice.segment()}
     * @throws MillraceException ERR_LOG_FORMAT when it is not, or is nested too deep
     */
    public static DataItem decode(MemorySegment record) {
        byte[] bytes = record.toArray(ValueLayout.JAVA_BYTE);
        if (new CborSkip(Scanner.DEPTH_MAX).end(bytes, 0, bytes.length) != bytes.length) {
            throw refused(bytes.length, null);
        }
        try {
            // Tags are the application's: what they promise may not be there.
            var decoder = new Decoder(new ByteArrayInputStream(bytes));
            decoder.setAutoDecodeLanguageTaggedStrings(false);
            decoder.setAutoDecodeRationalNumbers(false);
            return decoder.decodeNext();
        } catch (CborException e) {
            throw refused(record.byteSize(), e);
        }
    }

    /** Writes an item, in the order of its keys; the result is a record. */
    public static byte[] encode(DataItem item) {
        var out = new ByteArrayOutputStream();
        try {
            new CborEncoder(out).nonCanonical().encode(item);
        } catch (CborException e) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "item of type " + item.getMajorType(), e);
        }
        return out.toByteArray();
    }

    /**
     * Of its one null, true, false and undefined cbor-java tags the very object, for every record
     * to come: here each is an object of its own.
     */
    private static final class Decoder extends CborDecoder {
        Decoder(InputStream in) {
            super(in);
        }

        @Override
        public DataItem decodeNext() throws CborException {
            var item = super.decodeNext();
            return item == SimpleValue.NULL
                            || item == SimpleValue.TRUE
                            || item == SimpleValue.FALSE
                            || item == SimpleValue.UNDEFINED
                    ? new SimpleValue(((SimpleValue) item).getSimpleValueType())
                    : item;
        }
    }

    private static MillraceException refused(long length, Throwable cause) {
        return new MillraceException(
                ErrorCode.ERR_LOG_FORMAT,
                "record of "
                        + length
                        + " bytes is not one well-formed CBOR item of at most "
                        + Scanner.DEPTH_MAX
                        + " levels; read it as bytes, or open the log with the encoding it was"
                        + " written with",
                cause);
    }
}
