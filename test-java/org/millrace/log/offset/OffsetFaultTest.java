package org.millrace.log.offset;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.LogFaultContract;
import org.millrace.storage.Storage;

import java.nio.file.Path;

/** {@link LogFaultContract} of the offset log. */
class OffsetFaultTest extends LogFaultContract {
    OffsetFaultTest() {
        super(100);
    }

    @Override
    protected Log open(Storage storage, Durability level, long writeTimeoutMs) {
        return OffsetLog.open(
                Path.of("/d/log.offset"),
                OffsetOptions.defaults()
                        .withStorage(storage)
                        .withDurability(level)
                        .withWriteTimeoutMs(writeTimeoutMs)
                        .withBufferBytes(256));
    }
}
