package org.millrace.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;

/** The benchmark's stores at smoke size: each gives back what went in. */
class LogBenchmarkTest {
    private static final int BATCHES = 3;

    @ParameterizedTest
    @EnumSource
    void everyStoreGivesBackWhatWentIn(Store.Kind kind, @TempDir Path directory) {
        var records = new Records();
        var ids = new long[Records.COUNT];
        try (var store = kind.open(directory)) {
            for (int i = 0; i < BATCHES; i++) {
                store.append(records.data, records.lengths, ids);
            }
            assertEquals(records.fold(BATCHES), store.scan());
            int last = Records.COUNT - 1;
            long start = records.data.byteSize() - records.lengths[last];
            assertEquals(
                    Fold.of(0, records.data, start, records.lengths[last]), store.get(ids[last]));
        }
    }
}
