package org.millrace.log.block;

import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The peer's {@code <log>.stats}: how many bytes deleted records take up since the last compaction.
 * Advisory: what cannot be read counts as 0, a failure to write it is no failure of the log.
 *
 * <p><b>Threads.</b> Any.
 */
final class BlockStats {
    private static final Pattern DELETED_BYTES =
            Pattern.compile("\"deletedBytes\"\\s*:\\s*(\\d{1,16})\\b");
    private static final int FILE_BYTES_MAX = 4096;

    private final Storage storage;
    private final Path path;
    private long deletedBytes;
    private long saved;

    BlockStats(Storage storage, Path log) {
        this.storage = storage;
        this.path = log.resolveSibling(log.getFileName() + ".stats");
        this.deletedBytes = load();
        this.saved = deletedBytes;
    }

    synchronized long deletedBytes() {
        return deletedBytes;
    }

    synchronized void deleted(long bytes) {
        deletedBytes += bytes;
    }

    synchronized void compacted() {
        deletedBytes = 0;
    }

    /** Replaces the file when the number changed. */
    synchronized void save() {
        if (deletedBytes == saved) {
            return;
        }
        var text = "{\"deletedBytes\":" + deletedBytes + "}";
        var bytes = MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
        var partial = path.resolveSibling(path.getFileName() + "~");
        try (var file = storage.open(partial, Storage.OpenMode.CREATE)) {
            file.truncate(0);
            file.write(0, bytes);
            storage.move(partial, path);
            saved = deletedBytes;
        } catch (MillraceException e) {
            // Tried again with the next change; the log itself is not concerned.
        }
    }

    private long load() {
        if (!storage.exists(path)) {
            return 0;
        }
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            var bytes =
                    MemorySegment.ofArray(new byte[(int) Math.min(file.size(), FILE_BYTES_MAX)]);
            file.read(0, bytes);
            var text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            var found = DELETED_BYTES.matcher(text);
            return found.find() ? Long.parseLong(found.group(1)) : 0;
        } catch (MillraceException e) {
            return 0;
        }
    }
}
