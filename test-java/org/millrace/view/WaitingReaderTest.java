package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.millrace.codec.Encoding;
import org.millrace.memory.RecordBatch;
import org.millrace.view.builtin.KeysView;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** A reader that was told to wait does not find work left that whoever fed the view could do. */
class WaitingReaderTest {
    private static final int MESSAGES = 1_000;

    private final ViewStore[] store = new ViewStore[1];
    private final FedView fed =
            new FedView(
                    "keys",
                    it -> {
                        store[0] = it;
                        return new KeysView(it);
                    },
                    Encoding.JSON);

    @Test
    void whatIsFedInBulkIsIndexedForTheReaderWhoWaits() {
        fed.view().writer().noteReader();
        feed();
        assertEquals(MESSAGES, store[0].index().unprepared());
        fed.view().writer().prepareForReaders();
        assertEquals(0, store[0].index().unprepared());
        var key = MemorySegment.ofArray("%7".getBytes(StandardCharsets.UTF_8));
        var get = fed.view().method("get", ViewMethod.Lookup.class);
        assertEquals(7, fed.view().find(get, key));
    }

    @Test
    void whereNobodyWaitsItMayBeOnDiskBeforeAnybodyReads() {
        feed();
        fed.view().writer().prepareForReaders();
        assertEquals(MESSAGES, store[0].index().unprepared());
    }

    @Test
    void oneWhoHasWaitedIsForgotten() {
        fed.view().writer().noteReader();
        fed.view().writer().prepareForReaders();
        feed();
        fed.view().writer().prepareForReaders();
        assertEquals(MESSAGES, store[0].index().unprepared());
    }

    private void feed() {
        try (var batch = RecordBatch.allocate(1 << 16, MESSAGES)) {
            for (int i = 0; i < MESSAGES; i++) {
                byte[] json = "{\"key\":\"%%%d\"}".formatted(i).getBytes(StandardCharsets.UTF_8);
                long at = batch.usedBytes();
                MemorySegment.copy(MemorySegment.ofArray(json), 0, batch.data(), at, json.length);
                batch.add(i, (int) at, json.length);
                batch.used((int) at + json.length);
            }
            fed.append(batch);
        }
    }
}
