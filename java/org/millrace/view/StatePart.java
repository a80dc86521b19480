package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Bytes that only the view understands, replaced as a whole: what a {@code reduce} has made of the
 * log. Nothing can be taken out of them again, so that they count only as long as no record is
 * deleted, unless their view says otherwise. docs/FORMAT.md, "View state". Threads as {@link
 * StoredPart} says.
 */
final class StatePart implements StoredPart {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Deleted deleted;
    private byte[] bytes;
    private boolean outlives;

    /** As in the file. */
    private byte[] frozen;

    private List<TableEntry> saved = List.of();
    private List<TableEntry> written = List.of();

    StatePart(Deleted deleted) {
        this.deleted = deleted;
    }

    /** Null = there is none. Not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    /** Takes over the array. */
    void set(byte[] state) {
        bytes = state;
    }

    /** It counts though records were deleted since it was saved. */
    void outlive() {
        outlives = true;
    }

    @Override
    public int kind() {
        return ViewManifest.STATE;
    }

    @Override
    public boolean restore(List<TableEntry> entries, ViewFiles files) {
        bytes = null;
        saved = entries;
        if (entries.isEmpty()) {
            return true;
        }
        var file = files.readState(entries.getLast());
        if (file == null || file.length < Long.BYTES) {
            return false;
        }
        bytes = Arrays.copyOfRange(file, Long.BYTES, file.length);
        return outlives || MemorySegment.ofArray(file).get(LONG, 0) == deleted.count();
    }

    @Override
    public void freeze() {
        frozen = null;
        if (bytes != null) {
            frozen = new byte[Long.BYTES + bytes.length];
            MemorySegment.ofArray(frozen).set(LONG, 0, deleted.settledCount());
            System.arraycopy(bytes, 0, frozen, Long.BYTES, bytes.length);
        }
    }

    @Override
    public List<TableEntry> save(ViewFiles files) {
        if (frozen == null) {
            written = List.of();
        } else {
            var content = MemorySegment.ofArray(frozen);
            var entry =
                    files.write(
                            ViewManifest.STATE,
                            file -> {
                                file.write(0, content);
                                file.sync();
                                return BlockCrc.ofAll(content);
                            });
            written = List.of(entry);
        }
        return written;
    }

    /** Only the view knows which sequences it holds. */
    @Override
    public boolean canMove() {
        return bytes == null;
    }

    @Override
    public List<TableEntry> move(LongUnaryOperator places, ViewFiles files) {
        written = List.of();
        return written;
    }

    @Override
    public void publish() {
        saved = written;
        frozen = null;
    }

    @Override
    public void undoSave() {
        written = saved;
    }

    @Override
    public void clear() {
        bytes = null;
        frozen = null;
        saved = List.of();
    }

    @Override
    public void close() {}
}
