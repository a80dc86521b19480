package org.millrace.log.block;

import org.millrace.format.BlockFormat;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.engine.SideFiles;
import org.millrace.log.maintenance.DamagedRange;
import org.millrace.log.maintenance.FormatTools;
import org.millrace.log.maintenance.LogFormat;
import org.millrace.log.maintenance.MaintenanceOptions;
import org.millrace.log.maintenance.RepairReport;
import org.millrace.log.maintenance.StatReport;
import org.millrace.log.maintenance.VerifyReport;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link FormatTools} of block logs. A damaged range reaches from the first byte that is no record
 * to the end of its block; repaired, it is one deleted record, so that no sequence moves.
 */
public final class BlockTools implements FormatTools {
    private final LogFormat label;
    private final BlockFormat format;

    public BlockTools(int blockBytes) {
        this.label = LogFormat.block(blockBytes);
        this.format = new BlockFormat(blockBytes);
    }

    @Override
    public VerifyReport verify(Path path, MaintenanceOptions options) {
        try (var file = options.storage().open(path, Storage.OpenMode.READ)) {
            return examine(file, options);
        }
    }

    private VerifyReport examine(StoredFile file, MaintenanceOptions options) {
        long size = file.size();
        var block = MemorySegment.ofArray(new byte[format.blockBytes()]);
        var damages = new ArrayList<DamagedRange>();
        var count = new Count();
        for (long start = 0; start < size; start += format.blockBytes()) {
            options.progress().at(start, size);
            int available = (int) Math.min(format.blockBytes(), size - start);
            file.read(start, block.asSlice(0, available));
            var walk = format.walk(block, 0, available);
            count.add(format, block, walk, start);
            if (!walk.whole() || walk.last() < 0 || available < format.blockBytes()) {
                damages.add(damage(file, block, walk, start, available));
            }
        }
        options.progress().at(size, size);
        if (count.since < 0 && size > 0) {
            throw new MillraceException(
                    ErrorCode.ERR_LOG_FORMAT,
                    String.format(
                            "%s: no record of a block log with blocks of %d in %d bytes. Nothing"
                                    + " was changed; it is another kind of file, or another format:"
                                    + " name it.",
                            file.path(), format.blockBytes(), size));
        }
        return count.report(file, label, size, tailMarked(damages, size));
    }

    private DamagedRange damage(
            StoredFile file,
            MemorySegment block,
            BlockFormat.Walk walk,
            long start,
            int available) {
        long from = start + walk.end();
        boolean isZero = BlockFormat.isZero(block, walk.end(), available);
        String reason = available < format.blockBytes() ? "torn" : isZero ? "zero" : "chain";
        long length = start + available - from;
        return new DamagedRange(file.path().toString(), from, length, reason, false);
    }

    /** Marks the damaged range that reaches up to the end. */
    private static List<DamagedRange> tailMarked(List<DamagedRange> damages, long size) {
        if (!damages.isEmpty() && damages.getLast().end() == size) {
            var tail = damages.removeLast();
            damages.add(
                    new DamagedRange(
                            tail.file(), tail.offset(), tail.length(), tail.reason(), true));
        }
        return List.copyOf(damages);
    }

    @Override
    public RepairReport repair(Path path, VerifyReport found, MaintenanceOptions options) {
        var sides = new SideFiles(options.storage(), path);
        var quarantine = new ArrayList<String>();
        try (var file = options.storage().open(path, Storage.OpenMode.READ_WRITE)) {
            file.lock();
            for (var range : found.damages()) {
                quarantine.add(sides.quarantine(file, range.offset(), range.length()).toString());
                mend(file, range);
                file.sync();
            }
            return new RepairReport(
                    true,
                    0,
                    found.damages().size(),
                    found.damagedBytes(),
                    List.copyOf(quarantine),
                    found,
                    examine(file, options));
        }
    }

    /**
     * The rest of the block: a deleted record, or an end of block where there is no room for one.
     */
    private void mend(StoredFile file, DamagedRange range) {
        long blockEnd = format.blockStart(range.offset()) + format.blockBytes();
        boolean startsBlock = format.offsetInBlock(range.offset()) == 0;
        if (startsBlock && range.isTail()) {
            file.truncate(range.offset());
            return;
        }
        var bytes = MemorySegment.ofArray(new byte[(int) (blockEnd - range.offset())]);
        if (startsBlock) {
            format.putLength(bytes, 0, format.recordBytesMax());
        }
        file.write(range.offset(), bytes);
    }

    @Override
    public StatReport stat(Path path, MaintenanceOptions options) {
        var sides = new SideFiles(options.storage(), path);
        try (var file = options.storage().open(path, Storage.OpenMode.READ)) {
            long size = file.size();
            Long since = size == 0 ? Long.valueOf(-1) : lastOf(file, size);
            return new StatReport(path.toString(), label, size, since, -1, sides.quarantined());
        }
    }

    private Long lastOf(StoredFile file, long size) {
        long start = format.blockStart(size - 1);
        int available = (int) (size - start);
        var block = MemorySegment.ofArray(new byte[available]);
        file.read(start, block);
        var walk = format.walk(block, 0, available);
        return walk.last() < 0 || !walk.whole() ? null : start + walk.last();
    }

    @Override
    public Log open(
            Path path, Durability durability, boolean readOnly, MaintenanceOptions options) {
        return BlockLog.open(
                path,
                BlockOptions.defaults()
                        .withBlockBytes(format.blockBytes())
                        .withDurability(durability)
                        .withReadOnly(readOnly)
                        .withStorage(options.storage()));
    }

    /** What a walk over all blocks counts. */
    private static final class Count {
        private long records;
        private long deleted;
        private long recordBytes;
        private long since = -1;

        void add(BlockFormat format, MemorySegment block, BlockFormat.Walk walk, long start) {
            for (int at = 0; at < walk.end(); ) {
                int length = format.lengthAt(block, at, at);
                int record = at + BlockFormat.HEADER_BYTES;
                if (BlockFormat.isDeleted(block, record, length)) {
                    deleted++;
                } else {
                    records++;
                    recordBytes += length;
                }
                since = start + at;
                at = record + length;
            }
        }

        VerifyReport report(
                StoredFile file, LogFormat label, long size, List<DamagedRange> damages) {
            return new VerifyReport(
                    file.path().toString(),
                    label,
                    size,
                    records,
                    deleted,
                    recordBytes,
                    since,
                    damages);
        }
    }
}
