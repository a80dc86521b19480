package org.millrace.log.block;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.LogFaultContract;
import org.millrace.storage.Storage;

import java.nio.file.Path;

/** {@link LogFaultContract} of the block log. */
class BlockFaultTest extends LogFaultContract {
    BlockFaultTest() {
        super(100);
    }

    @Override
    protected Log open(Storage storage, Durability level, long writeTimeoutMs) {
        return BlockLog.open(
                Path.of("/d/log.bipf"),
                BlockOptions.defaults()
                        .withBlockBytes(1024)
                        .withStorage(storage)
                        .withDurability(level)
                        .withWriteTimeoutMs(writeTimeoutMs)
                        .withBufferBytes(256));
    }
}
