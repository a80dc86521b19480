package org.millrace.fault;

import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage.OpenMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The child of the kill and power cut tests of the storage itself: fixed-size records, each its
 * number repeated, acknowledged after a write and, on request, a sync.
 */
final class RecordWriter {
    private static final int RECORD_BYTES = 152;

    private RecordWriter() {}

    /** Arguments: file, {@code sync} or {@code write}. Goes on from where the file ends. */
    public static void main(String[] args) {
        var acknowledgements = ChildWriter.acknowledgements();
        var path = Path.of(args[0]);
        boolean sync = args[1].equals("sync");
        var storage = new PosixStorage();
        try (var file = storage.open(path, OpenMode.CREATE);
                var arena = Arena.ofConfined()) {
            storage.syncDirectory(path.getParent());
            var record = arena.allocate(RECORD_BYTES, 8);
            for (long i = file.size() / RECORD_BYTES; ; i++) {
                for (int at = 0; at < RECORD_BYTES; at += Long.BYTES) {
                    record.set(ValueLayout.JAVA_LONG, at, i);
                }
                file.write(i * RECORD_BYTES, record);
                if (sync) {
                    file.sync();
                }
                acknowledgements.acknowledge(i);
            }
        }
    }

    /** Number of good records from the start of the file. */
    static long good(Path path) throws IOException {
        if (!Files.exists(path)) {
            return 0;
        }
        var bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder());
        long good = 0;
        while (bytes.remaining() >= RECORD_BYTES) {
            for (int at = 0; at < RECORD_BYTES; at += Long.BYTES) {
                if (bytes.getLong() != good) {
                    return good;
                }
            }
            good++;
        }
        return good;
    }
}
