package org.millrace.bench;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Chronicle Queue, one document per record, from and into off-heap bytes. */
final class ChronicleStore implements Store {
    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final ExcerptTailer random;
    private final PointerBytesStore record = BytesStore.nativePointer();
    private final Bytes<?> bytes = Bytes.allocateElasticDirect(4096);

    ChronicleStore(Path directory) {
        queue = SingleChronicleQueueBuilder.single(directory.toFile()).build();
        appender = queue.createAppender();
        random = queue.createTailer();
    }

    @Override
    public void append(MemorySegment data, int[] lengths, long[] ids) {
        long at = data.address();
        for (int i = 0; i < lengths.length; i++) {
            try (var document = appender.writingDocument()) {
                record.set(at, lengths[i]);
                document.wire().bytes().write(record);
            }
            ids[i] = appender.lastIndexAppended();
            at += lengths[i];
        }
    }

    @Override
    public long scan() {
        long sum = 0;
        try (var tailer = queue.createTailer()) {
            while (tailer.readBytes(bytes.clear())) {
                sum = fold(sum);
            }
        }
        return sum;
    }

    @Override
    public long get(long id) {
        random.moveToIndex(id);
        random.readBytes(bytes.clear());
        return fold(0);
    }

    @Override
    public void close() {
        random.close();
        appender.close();
        queue.close();
        bytes.releaseLast();
    }

    private long fold(long sum) {
        int length = (int) bytes.readRemaining();
        return Fold.words(sum, bytes.readLong(0), bytes.readLong(length - 8L), length);
    }
}
