package org.millrace.host;

import org.millrace.query.Budget;
import org.millrace.query.Query;
import org.millrace.query.QueryCache;
import org.millrace.query.QueryEngine;
import org.millrace.view.MountedView;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Cold operations on queries. Each takes {@code log}, {@code views} (as {@code kind=handle,...}),
 * {@code encoding}, {@code face} (mfr or operators), {@code query} and its options.
 */
final class QueryOperations {
    private static final QueryCache CACHE = new QueryCache();

    private QueryOperations() {}

    static void register() {
        Operations.add("query.open", QueryOperations::open);
        Operations.add("query.count", QueryOperations::count);
        Operations.add("query.explain", QueryOperations::explain);
    }

    /** -> {@code handle} of a cursor. */
    private static Reply open(Request request) {
        return cursor(request, engine(request), query(request));
    }

    /** -> {@code count}, or {@code handle} of a cursor whose one row it is; none is 0. */
    private static Reply count(Request request) {
        var engine = engine(request);
        var query = query(request);
        var count = engine.countNow(query);
        return count.isPresent()
                ? new Reply().put("count", count.getAsLong())
                : cursor(request, engine, query.counting());
    }

    /** -> {@code json} */
    private static Reply explain(Request request) {
        return new Reply().put("json", engine(request).explain(query(request)));
    }

    private static Reply cursor(Request request, QueryEngine engine, Query query) {
        var cursor = engine.open(query);
        var host = new HostCursor(request.environment(), cursor, cursor::cancel);
        return new Reply().put("handle", host.handle());
    }

    private static QueryEngine engine(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var encoding = ViewOperations.encoding(request.peek("encoding", "json"));
        Map<String, MountedView> views = new HashMap<>();
        for (var pair : request.text("views", "").split(",")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                long handle = Long.parseLong(pair.substring(equals + 1));
                views.put(pair.substring(0, equals), Handles.get(handle, HostView.class).view());
            }
        }
        boolean isPlain = views.isEmpty() && !log.keepsRevealed();
        var feed = isPlain ? null : log.views(encoding);
        return new QueryEngine(log.log(), log.scans(), feed, views);
    }

    private static Query query(Request request) {
        var encoding = ViewOperations.encoding(request.text("encoding", "json"));
        String face = request.text("face");
        String text = request.text("query");
        String indexes = request.text("indexes", null);
        boolean byArrival = request.flag("byArrival", false);
        var options = options(request);
        request.done();
        var key = Arrays.<Object>asList(face, text, indexes, byArrival, encoding, options);
        return CACHE.get(
                key,
                text,
                () ->
                        switch (face) {
                            case "mfr" -> Query.mapFilterReduce(text, indexes, encoding, options);
                            case "operators" -> Query.operators(text, byArrival, encoding, options);
                            default ->
                                    throw Errors.argument(
                                            "face is '" + face + "', not mfr or operators");
                        });
    }

    private static Query.Options options(Request request) {
        var limits = Budget.Limits.DEFAULT;
        return new Query.Options(
                request.flag("reverse", false),
                request.number("limit", 0),
                request.number("skip", 0),
                request.flag("live", false),
                request.flag("old", true),
                new Budget.Limits(
                        request.number("rowsMax", limits.rows()),
                        request.number("bytesMax", limits.bytes()),
                        request.number("timeoutMs", limits.millis())));
    }
}
