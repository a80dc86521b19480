package org.millrace.host;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.block.BlockLog;
import org.millrace.log.block.BlockOptions;
import org.millrace.log.block.CompactionResult;

/**
 * What a block log can beyond {@link Log}, as cold operations. Memory is named by addresses of the
 * host's, used during the call only; what waits for disks runs as a {@link HostTask}.
 */
final class BlockOperations {
    private BlockOperations() {}

    static void register() {
        LogOperations.format("block", BlockOperations::open);
        Operations.add("block.state", BlockOperations::state);
        Operations.add("block.transaction", BlockOperations::transaction);
        Operations.add("block.read", BlockOperations::read);
        Operations.add("block.overwrite", BlockOperations::overwrite);
        Operations.add("block.truncate", BlockOperations::truncate);
        Operations.add("block.cut", BlockOperations::cut);
        Operations.add("block.flush", BlockOperations::flush);
        Operations.add("block.compact", BlockOperations::compact);
    }

    /** {@code path}, and {@link BlockOptions}. */
    private static Log open(Request request, Durability level) {
        var path = request.path("path");
        var defaults = BlockOptions.defaults();
        var options =
                defaults.withDurability(level)
                        .withBlockBytes(request.bytes("blockBytes", defaults.blockBytes()))
                        .withReadOnly(request.flag("readOnly", defaults.readOnly()))
                        .withBufferBytes(request.bytes("bufferBytes", defaults.bufferBytes()))
                        .withWriteTimeoutMs(
                                request.number("writeTimeoutMs", defaults.writeTimeoutMs()));
        request.done();
        return BlockLog.open(path, options);
    }

    /** {@code log} -> where it ends, what was deleted, what opening did about a compaction. */
    private static Reply state(Request request) {
        var log = log(request);
        request.done();
        var reply =
                new Reply()
                        .put("end", log.writtenEnd())
                        .put("deletedBytes", log.deletedBytes())
                        .put("resumed", log.resumed() != null);
        if (log.resumed() != null) {
            reply.put("sizeDiff", log.resumed().sizeDiff())
                    .put("holesFound", log.resumed().holesFound());
            if (log.resumedAt() != null) {
                HostTask.put(reply, log.resumedAt());
            }
        }
        return reply;
    }

    /** {@code log}, addresses {@code data}, {@code ends}, {@code seqs}, their lengths in bytes. */
    private static Reply transaction(Request request) {
        var log = log(request);
        var data = CallPage.area(request.number("data"), request.number("dataLength"));
        var ends = CallPage.area(request.number("ends"), request.number("endsLength"));
        var seqs = CallPage.area(request.number("seqs"), ends.byteSize() * 2);
        request.done();
        return new Reply().put("seq", log.appendTransaction(data, ends, seqs));
    }

    /** {@code log}, {@code block}, address {@code to} of a block's bytes. */
    private static Reply read(Request request) {
        var host = host(request);
        var log = log(host, request);
        long block = request.number("block");
        var to = CallPage.area(request.number("to"), log.blockBytes());
        request.done();
        host.deletions().finish(); // which shows in the block's bytes
        log.readBlock(block, to);
        return new Reply();
    }

    /** {@code log}, {@code block}, address {@code from} of a block's bytes. */
    private static Reply overwrite(Request request) {
        var host = host(request);
        var log = log(host, request);
        long block = request.number("block");
        var from = CallPage.area(request.number("from"), log.blockBytes());
        request.done();
        host.deletions().beforeMoving(() -> log.overwrite(block, from));
        return new Reply();
    }

    /** {@code log}, {@code lastBlock} -> {@code sizeDiff}. */
    private static Reply truncate(Request request) {
        var host = host(request);
        var log = log(host, request);
        long last = request.number("lastBlock");
        request.done();
        var reply = new Reply();
        host.deletions().beforeMoving(() -> reply.put("sizeDiff", log.truncate(last)));
        return reply;
    }

    /** {@code log}, {@code seq} -> {@code quarantine}. */
    private static Reply cut(Request request) {
        var host = host(request);
        var log = log(host, request);
        long seq = request.number("seq");
        request.done();
        var reply = new Reply();
        host.deletions().beforeMoving(() -> reply.put("quarantine", log.cut(seq).toString()));
        return reply;
    }

    /** {@code log} -> a task's {@code handle}: appends and deletions become durable. */
    private static Reply flush(Request request) {
        var log = log(request);
        request.done();
        var task =
                new HostTask(
                        request.environment(),
                        progress -> {
                            log.drain();
                            return new Reply();
                        });
        return task.start();
    }

    /** {@code log} -> a task's {@code handle}. */
    private static Reply compact(Request request) {
        var host = host(request);
        var log = log(host, request);
        request.done();
        var task =
                new HostTask(
                        request.environment(),
                        progress -> {
                            var reply = new Reply();
                            host.deletions().beforeMoving(() -> put(reply, log.compact(progress)));
                            return reply;
                        });
        return task.start();
    }

    private static void put(Reply reply, CompactionResult result) {
        reply.put("sizeDiff", result.sizeDiff()).put("holesFound", result.holesFound());
    }

    private static BlockLog log(Request request) {
        return log(host(request), request);
    }

    private static HostLog host(Request request) {
        return Handles.get(request.number("log"), HostLog.class);
    }

    private static BlockLog log(HostLog host, Request request) {
        if (host.log() instanceof BlockLog log) {
            return log;
        }
        throw Errors.argument(request.name() + ": the log is no block log");
    }
}
