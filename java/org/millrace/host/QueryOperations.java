package org.millrace.host;

import org.millrace.query.Budget;
import org.millrace.query.PreparedQuery;
import org.millrace.query.Query;
import org.millrace.query.QueryEngine;
import org.millrace.view.MountedView;

import java.util.HashMap;
import java.util.Map;

/**
 * What a host asks of queries. Each request has {@code views} (as {@code kind=handle,...}), {@code
 * encoding}, {@code face} (mfr or operators), {@code query} and its options.
 */
final class QueryOperations {
    private QueryOperations() {}

    static void register() {
        Operations.add("query.explain", QueryOperations::explain);
    }

    /** Its rows. */
    static RowRequests.Rows rows(HostLog log, Request request) {
        var engine = engine(log, request);
        return new PreparedQuery(engine, query(request))::open;
    }

    /** One row: how many there are; none is 0. */
    static RowRequests.Rows count(HostLog log, Request request) {
        var engine = engine(log, request);
        return new PreparedQuery(engine, query(request).counting())::open;
    }

    /** {@code log} and what every query has -> {@code json} */
    private static Reply explain(Request request) {
        var log = Handles.get(request.number("log"), HostLog.class);
        var engine = engine(log, request);
        return new Reply().put("json", engine.explain(query(request)));
    }

    private static QueryEngine engine(HostLog log, Request request) {
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
        return new QueryEngine(log.shown(), log.scans(), feed, views);
    }

    private static Query query(Request request) {
        var encoding = ViewOperations.encoding(request.text("encoding", "json"));
        String face = request.text("face");
        String text = request.text("query");
        String indexes = request.text("indexes", null);
        boolean byArrival = request.flag("byArrival", false);
        var options = options(request);
        request.done();
        return switch (face) {
            case "mfr" -> Query.mapFilterReduce(text, indexes, encoding, options);
            case "operators" -> Query.operators(text, byArrival, encoding, options);
            default -> throw Errors.argument("face is '" + face + "', not mfr or operators");
        };
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
