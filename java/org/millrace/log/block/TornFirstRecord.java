package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Tells what a crash left of a peer's very first record from a file of another kind. The format has
 * no mark of its own, so what the peers' users write must speak for it: the length, and behind it
 * how an object begins, as bipf, which says the same length once more, or as JSON.
 *
 * <p><b>Threads.</b> Any; has no state.
 */
final class TornFirstRecord {
    /** A crash tears writes at sectors; a file cut elsewhere is what somebody wrote. */
    private static final int SECTOR_BYTES = 512;

    /** As a length, what text, images, archives and programs begin with is larger, or 0. */
    private static final int LENGTH_MAX = 8192;

    private static final int BIPF_OBJECT = 5;
    private static final int BIPF_TYPE_BITS = 3;
    private static final int VARINT_BITS = 7;

    private TornFirstRecord() {}

    /**
     * @param file nothing in it is a whole record
     */
    static boolean isAllOf(StoredFile file, BlockFormat format) {
        long size = file.size();
        if (size == 0 || size % SECTOR_BYTES != 0 || size > format.blockBytes()) {
            return false;
        }
        var sector = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
        file.read(0, sector);
        int length = format.lengthAt(sector, 0, 0);
        boolean isTorn = length + BlockFormat.HEADER_BYTES > size && length < LENGTH_MAX;
        return isTorn
                && !(isText(sector, 0) && isText(sector, 1))
                && (isBipfObject(sector, length) || isJsonObject(sector));
    }

    private static boolean isText(MemorySegment sector, int at) {
        int letter = byteAt(sector, at);
        return letter >= ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    }

    private static boolean isJsonObject(MemorySegment sector) {
        return byteAt(sector, BlockFormat.HEADER_BYTES) == '{'
                && byteAt(sector, BlockFormat.HEADER_BYTES + 1) == '"';
    }

    /** A varint, {@code bytes behind it << 3 | type}, that fills the record. */
    private static boolean isBipfObject(MemorySegment sector, int length) {
        int tag = 0;
        for (int bytes = 1; bytes <= 3; bytes++) {
            int next = byteAt(sector, BlockFormat.HEADER_BYTES + bytes - 1);
            tag |= (next & 0x7F) << (bytes - 1) * VARINT_BITS;
            if (next < 0x80) {
                return tag == (length - bytes << BIPF_TYPE_BITS | BIPF_OBJECT);
            }
        }
        return false;
    }

    private static int byteAt(MemorySegment sector, int at) {
        return Byte.toUnsignedInt(sector.get(ValueLayout.JAVA_BYTE, at));
    }
}
