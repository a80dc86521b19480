package org.millrace.host;

import org.millrace.codec.Encoding;
import org.millrace.view.FedView;
import org.millrace.view.MountedView;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.builtin.BuiltInViews;

import java.util.Locale;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Cold operations on views. */
final class ViewOperations {
    private ViewOperations() {}

    static void register() {
        Operations.add("view.open", ViewOperations::open);
        Operations.add("view.close", ViewOperations::close);
        Operations.add("view.rebuild", ViewOperations::rebuild);
        Operations.add("view.progress", ViewOperations::progress);
        Operations.add("view.value", ViewOperations::value);
        Operations.add("view.reveal", ViewOperations::reveal);
    }

    /**
     * {@code view} (a built-in view), {@code name}, {@code encoding}, {@code log} (without it the
     * host brings the records) -> {@code handle}, {@code since}, {@code methods} as {@code
     * name:lookup|value|source,…}.
     */
    private static Reply open(Request request) {
        return mount(request, BuiltInViews.factory(request.text("view")));
    }

    /**
     * Mounts a view by the request's {@code name}, {@code encoding} and {@code log}; answers as
     * {@link #open}.
     */
    static Reply mount(Request request, View.Factory factory) {
        String name = request.text("name");
        var encoding = encoding(request.text("encoding", "json"));
        long log = request.number("log", -1);
        request.done();
        var environment = request.environment();
        HostView host =
                log < 0
                        ? new HostFedView(environment, new FedView(name, factory, encoding))
                        : new HostLogView(
                                environment,
                                Handles.get(log, HostLog.class).views(encoding),
                                name,
                                factory);
        return opened(host);
    }

    static Reply opened(HostView host) {
        return new Reply()
                .put("handle", host.handle())
                .put("since", host.view().since())
                .put("methods", methods(host.view()));
    }

    private static Reply close(Request request) {
        long handle = request.number("handle");
        request.done();
        request.environment().close(handle, Handles.get(handle, HostView.class));
        return new Reply();
    }

    private static Reply rebuild(Request request) {
        var view = Handles.get(request.number("handle"), HostView.class);
        request.done();
        view.rebuild();
        return new Reply();
    }

    /** {@code handle} -> how fast the view takes records in. */
    private static Reply progress(Request request) {
        var view = Handles.get(request.number("handle"), HostView.class);
        request.done();
        var progress = view.progress();
        return new Reply()
                .put("records", progress.records())
                .put("recordsPerSecond", Double.toString(progress.recordsPerSecond()))
                .put("secondsLeft", Double.toString(progress.secondsLeft()));
    }

    /** {@code handle}, {@code method}, and the method's own options -> {@code json}. */
    private static Reply value(Request request) {
        var view = Handles.get(request.number("handle"), HostView.class).view();
        var method = view.method(request.text("method"), ViewMethod.Value.class);
        var options = request.rest();
        return new Reply().put("json", view.read(read -> method.read(options)));
    }

    /**
     * {@code handle}, {@code method}, {@code records} false when keys are enough, and the method's
     * own options.
     */
    static RowRequests.Rows rows(HostLog host, Request request) {
        var log = host.shown();
        var view = Handles.get(request.number("handle"), HostView.class).view();
        var method = view.method(request.text("method"), ViewMethod.Source.class);
        boolean wantsRecords = request.flag("records", true);
        boolean isLive = request.peek("live", "false").equals("true");
        var options = request.rest();
        return () -> {
            long epoch = log.epoch(); // before the view looks
            var rows = view.read(_ -> method.open(options));
            return new RowsCursor(log, epoch, view, rows, isLive, wantsRecords);
        };
    }

    /**
     * {@code log}, {@code encoding}, {@code seq}, address {@code data} and {@code length} of the
     * decrypted record.
     */
    private static Reply reveal(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var encoding = encoding(request.text("encoding"));
        long seq = request.number("seq");
        var record = CallPage.area(request.number("data"), request.number("length"));
        request.done();
        log.views(encoding).reveal(seq, record);
        log.scans().clear();
        return new Reply();
    }

    static Encoding encoding(String name) {
        for (var encoding : Encoding.values()) {
            if (encoding.name().toLowerCase(Locale.ROOT).equals(name)) {
                return encoding;
            }
        }
        throw Errors.argument("encoding is '" + name + "', not json, bipf or cbor");
    }

    private static String methods(MountedView view) {
        var methods = new StringJoiner(",");
        new TreeMap<>(view.methods()).forEach((name, it) -> methods.add(name + ":" + type(it)));
        return methods.toString();
    }

    /** No switch over types: the first one links itself, on the thread of a host that waits. */
    private static String type(ViewMethod method) {
        if (method instanceof ViewMethod.Lookup) {
            return "lookup";
        }
        return method instanceof ViewMethod.Value ? "value" : "source";
    }
}
