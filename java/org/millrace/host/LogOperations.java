package org.millrace.host;

import org.millrace.format.OffsetCodec;
import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.Range;
import org.millrace.log.memory.MemoryLog;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;
import org.millrace.view.ViewFeed;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Cold operations on logs and cursors. */
public final class LogOperations {
    /** Opens a log of one format; reads its options, calls {@link Request#done}. */
    @FunctionalInterface
    public interface Opener {
        Log open(Request request, Durability level);
    }

    private static final Map<String, Opener> FORMATS = new ConcurrentHashMap<>();

    private LogOperations() {}

    static void register() {
        Operations.add("log.open", LogOperations::open);
        Operations.add("log.close", LogOperations::close);
        Operations.add("cursor.open", LogOperations::openCursor);
        Operations.add("cursor.close", LogOperations::closeCursor);
        format("memory", LogOperations::openMemory);
        format("offset", LogOperations::openOffset);
        BlockOperations.register();
        WalOperations.register();
    }

    public static void format(String name, Opener opener) {
        FORMATS.put(name, opener);
    }

    /** {@code format}, {@code durable} and the format's own options -> {@code handle}, state. */
    private static Reply open(Request request) {
        String format = request.text("format");
        var opener = FORMATS.get(format);
        if (opener == null) {
            throw Errors.argument("no log format '" + format + "'; there are " + FORMATS.keySet());
        }
        Durability level = level(request, format.equals("memory") ? "memory" : "os");
        var views = viewsDirectory(request);
        boolean keepsRevealed = request.flag("keepRevealed", false);
        Log log = opener.open(request, level);
        var report = log.openReport();
        var host = new HostLog(request.environment(), log, level, views, keepsRevealed);
        return new Reply()
                .put("handle", host.handle())
                .put("since", log.since())
                .put("durableSince", log.durableSince())
                .put("recovered", report.recovered())
                .put("truncatedAt", report.truncatedAtOffset())
                .put("quarantinedBytes", report.quarantinedBytes())
                .put("quarantine", report.quarantine())
                .put("reason", report.reason())
                .put("damagedAt", report.damagedAtOffset())
                .put("damagedBytes", report.damagedBytes());
    }

    /**
     * Where the log's views are kept; null = in memory: a log without a file, one that another
     * process may write, and an encrypted one, whose authors and types would stand there plainly.
     */
    private static Path viewsDirectory(Request request) {
        var path = request.peekPath("path");
        boolean isOurs = request.peek("readOnly", "false").equals("false");
        boolean isPlain = request.peek("key", "").isEmpty();
        return path != null && isOurs && isPlain ? ViewFeed.directoryBeside(path) : null;
    }

    private static Durability level(Request request, String otherwise) {
        String name = request.text("durable", otherwise);
        for (var level : Durability.values()) {
            if (level.name().toLowerCase(Locale.ROOT).equals(name)) {
                return level;
            }
        }
        throw Errors.argument("durable is '" + name + "', not memory, os or sync");
    }

    private static Log openMemory(Request request, Durability level) {
        long bytesMax = request.number("bytesMax", MemoryLog.BYTES_MAX_DEFAULT);
        request.done();
        return MemoryLog.open(level, bytesMax);
    }

    /** {@code path}, and {@link OffsetOptions}. */
    private static Log openOffset(Request request, Durability level) {
        var path = request.path("path");
        var defaults = OffsetOptions.defaults();
        var options =
                defaults.withDurability(level)
                        .withCodec(offsetCodec(request.text("offsetCodec", "32")))
                        .withReadOnly(request.flag("readOnly", defaults.readOnly()))
                        .withBufferBytes(request.bytes("bufferBytes", defaults.bufferBytes()))
                        .withWriteTimeoutMs(
                                request.number("writeTimeoutMs", defaults.writeTimeoutMs()))
                        .withRecordBytesMax(
                                request.bytes("recordBytesMax", defaults.recordBytesMax()))
                        .withChecksums(request.flag("checksums", defaults.checksums()));
        request.done();
        return OffsetLog.open(path, options);
    }

    private static OffsetCodec offsetCodec(String label) {
        try {
            return OffsetCodec.ofLabel(label);
        } catch (IllegalArgumentException e) {
            throw Errors.argument(e.getMessage());
        }
    }

    private static Reply close(Request request) {
        return close(request, HostLog.class);
    }

    /** {@code log}, and the fields of {@link Range} -> {@code handle}. */
    private static Reply openCursor(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var range =
                new Range(
                        request.number("lower", -1),
                        request.flag("lowerInclusive", false),
                        request.number("upper", Long.MAX_VALUE),
                        request.flag("upperInclusive", true),
                        request.flag("reverse", false),
                        request.number("limit", -1));
        request.done();
        var cursor = new HostCursor(request.environment(), log.shown().cursor(range));
        return new Reply().put("handle", cursor.handle());
    }

    private static Reply closeCursor(Request request) {
        return close(request, HostCursor.class);
    }

    private static Reply close(Request request, Class<? extends AutoCloseable> type) {
        long handle = request.number("handle");
        request.done();
        request.environment().close(handle, Handles.get(handle, type));
        return new Reply();
    }
}
