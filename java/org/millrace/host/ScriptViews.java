package org.millrace.host;

import org.millrace.view.HostedView;
import org.millrace.view.Projection;
import org.millrace.view.ProjectionCursor;

import java.util.Base64;

/** Cold operations on views that the host computes. */
final class ScriptViews {
    private ScriptViews() {}

    static void register() {
        Operations.add("script.open", ScriptViews::open);
        Operations.add("script.state", ScriptViews::state);
        Operations.add("script.columns", ScriptViews::columns);
    }

    /**
     * {@code log}, {@code name}, {@code encoding}, {@code version}, {@code content}: keys, state or
     * lasting, {@code movable}: true when none of its keys holds a sequence, and what {@link
     * Projection} wants, as part of the version -> {@code handle}.
     */
    private static Reply open(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var encoding = ViewOperations.encoding(request.text("encoding"));
        var content =
                switch (request.text("content")) {
                    case "keys" -> HostedView.Content.KEYS;
                    case "state" -> HostedView.Content.STATE;
                    default -> HostedView.Content.LASTING_STATE;
                };
        String name = request.text("name");
        String version = request.text("version");
        boolean isMovable = request.flag("movable", false);
        var options = request.rest();
        var unused = new Projection(encoding, options);
        var feed = log.views(encoding);
        var hosted =
                HostedView.mount(
                        feed,
                        name,
                        Projection.versionOf(version + content, options),
                        content,
                        isMovable);
        var view = new HostScriptView(request.environment(), feed, hosted);
        return new Reply().put("handle", view.handle()).put("columns", unused.columns());
    }

    /** {@code handle} -> {@code since}, and {@code state} in base64 when there is one. */
    private static Reply state(Request request) {
        var view = Handles.get(request.number("handle"), HostScriptView.class);
        request.done();
        return view.view().read(ignored -> state(view.hosted()));
    }

    private static Reply state(HostedView hosted) {
        var reply = new Reply().put("since", hosted.mounted().since());
        byte[] state = hosted.state();
        return state == null
                ? reply
                : reply.put("state", Base64.getEncoder().encodeToString(state));
    }

    /**
     * {@code log}, {@code encoding}, {@code after}, and what {@link Projection} wants -> {@code
     * handle}.
     */
    private static Reply columns(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var encoding = ViewOperations.encoding(request.text("encoding"));
        long after = request.number("after");
        var projection = new Projection(encoding, request.rest());
        var cursor =
                new ProjectionCursor(log.log(), encoding, projection, after, log.views(encoding));
        return new Reply().put("handle", new HostCursor(request.environment(), cursor).handle());
    }
}
