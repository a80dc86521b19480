package org.millrace.host;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.wal.WalLog;
import org.millrace.log.wal.WalOptions;

import java.util.HexFormat;
import java.util.function.Supplier;

/**
 * What a write-ahead log can beyond {@link Log}, as cold operations; all of it waits for disks and
 * runs as a {@link HostTask}.
 */
final class WalOperations {
    private WalOperations() {}

    static void register() {
        LogOperations.format("wal", WalOperations::open);
        Operations.add("wal.trim", WalOperations::trim);
        Operations.add("wal.retain", WalOperations::retain);
        Operations.add("wal.compact", WalOperations::compact);
    }

    /** {@code path}, and {@link WalOptions}; {@code key} in hexadecimal digits. */
    private static Log open(Request request, Durability level) {
        var path = request.path("path");
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

    /** {@code log}, {@code before} a sequence -> a task's {@code handle}; {@code first}. */
    private static Reply trim(Request request) {
        var log = log(request);
        long before = request.number("before");
        request.done();
        return task(
                request,
                () -> {
                    log.trim(before);
                    return new Reply().put("first", log.firstSequence());
                });
    }

    /** {@code log} -> a task's {@code handle}; {@code first}. */
    private static Reply retain(Request request) {
        var log = log(request);
        request.done();
        return task(
                request,
                () -> {
                    log.retain();
                    return new Reply().put("first", log.firstSequence());
                });
    }

    /** {@code log} -> a task's {@code handle}; {@code freedBytes}. */
    private static Reply compact(Request request) {
        var log = log(request);
        request.done();
        return task(request, () -> new Reply().put("freedBytes", log.compact()));
    }

    private static Reply task(Request request, Supplier<Reply> work) {
        return new HostTask(request.environment(), progress -> work.get()).start();
    }

    private static WalLog log(Request request) {
        if (Handles.get(request.number("log"), HostLog.class).log() instanceof WalLog log) {
            return log;
        }
        throw Errors.argument(request.name() + ": the log is no write-ahead log");
    }

    private static byte[] key(String digits) {
        try {
            return digits.isEmpty() ? null : HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw Errors.argument("key is not a row of pairs of hexadecimal digits");
        }
    }
}
