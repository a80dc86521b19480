package org.millrace.host;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;

import java.nio.file.Path;
import java.util.HexFormat;

/** The log format {@code wal} of the call {@code log.open}. */
final class WalFormat {
    private WalFormat() {}

    /** {@code path}, and {@link WalOptions}; {@code key} in hexadecimal digits. */
    static Log open(Request request, Durability level) {
        var path = Path.of(request.text("path"));
        var options = WalOptions.defaults();
        options.durability(level)
                .readOnly(request.flag("readOnly", options.readOnly()))
                .segmentBytes(request.number("segmentBytes", options.segmentBytes()))
                .preallocateBytes(request.number("preallocateBytes", options.preallocateBytes()))
                .bufferBytes(request.bytes("bufferBytes", options.bufferBytes()))
                .writeTimeoutMs(request.number("writeTimeoutMs", options.writeTimeoutMs()))
                .groupWaitMicros((int) request.number("groupWaitMicros", options.groupWaitMicros()))
                .retainBytes(request.number("retainBytes", options.retainBytes()))
                .retainMs(request.number("retainMs", options.retainMs()))
                .zstdLevel((int) request.number("zstdLevel", options.zstdLevel()))
                .key(key(request.text("key", "")));
        request.done();
        return WalLog.open(path, options);
    }

    private static byte[] key(String digits) {
        try {
            return digits.isEmpty() ? null : HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw Errors.argument("key is not a row of pairs of hexadecimal digits");
        }
    }
}
