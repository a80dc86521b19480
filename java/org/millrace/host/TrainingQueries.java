package org.millrace.host;

import static org.millrace.host.Training.cold;

import java.lang.foreign.MemorySegment;

/** The part of the {@link Training} that asks queries, of each kind that has a way of its own. */
final class TrainingQueries {
    private static final int ROUNDS = 300;
    private static final int SCANS = 2;
    private static final String[] VIEWS = {"keys", "feeds", "backlinks", "time", "type"};

    private static final String KEY = "%" + "0".repeat(42) + "0=.sha256";
    private static final String AUTHOR = "@" + "0".repeat(42) + "0=.ed25519";

    private static final String[] MAP_FILTER_REDUCE = {
        "[{'$filter':{'value':{'content':{'type':'vote'}}}}]",
        "[{'$filter':{'value':{'author':'%s','content':{'type':'post'}}}}]".formatted(AUTHOR),
        "[{'$filter':{'value':{'author':'%s'}}}]".formatted(AUTHOR),
        "[{'$filter':{'value':{'content':{'root':'%s'}}}}]".formatted(KEY),
        "[{'$filter':{'value':{'author':'%s'}}},{'$map':{'key':'key','of':['value','author']}}]"
                .formatted(AUTHOR)
    };
    private static final String[] OPERATORS = {
        "{'type':'post'}",
        "{'or':[{'hasRoot':'%1$s'},{'mentions':'%1$s'}]}".formatted(KEY),
        "{'and':[{'author':'%s'},{'isPrivate':true}]}".formatted(AUTHOR)
    };
    private static final String VOTES = "{'votesFor':'%s'}".formatted(KEY);
    private static final String GROUPS =
            "[{'$filter':{'value':{'content':{'text':{'$prefix':'%d'}}}}},"
                    + "{'$reduce':{'type':['value','content','type'],'n':{'$count':true}}}]";

    private TrainingQueries() {}

    /** On an open log whose views have been built and saved. */
    static void ask(
            long host, MemorySegment page, String log, MemorySegment data, MemorySegment index) {
        var opened = new StringBuilder();
        for (String view : VIEWS) {
            String handle = cold(host, "view.open", "view", view, "name", view, "log", log)[2];
            opened.append(view).append('=').append(handle).append(',');
        }
        String views = opened.toString();
        for (int i = 0; i < ROUNDS; i++) {
            for (String query : MAP_FILTER_REDUCE) {
                rows(host, page, open(host, log, views, "mfr", query, "20"), data, index);
            }
            for (String query : OPERATORS) {
                rows(host, page, open(host, log, views, "operators", query, "20"), data, index);
            }
            count(host, page, log, views, data, index);
        }
        for (int i = 0; i < SCANS; i++) {
            String cursor = open(host, log, views, "mfr", GROUPS.formatted(i), "0");
            rows(host, page, cursor, data, index);
        }
        for (String view : views.split(",")) {
            cold(host, "view.close", "handle", view.substring(view.indexOf('=') + 1));
        }
    }

    private static String open(
            long host, String log, String views, String face, String query, String limit) {
        String text = query.replace('\'', '"');
        String[] request = {
            "query.open",
            "log",
            log,
            "views",
            views,
            "face",
            face,
            "query",
            text,
            "limit",
            limit,
            "reverse",
            "true"
        };
        return cold(host, request)[2];
    }

    private static void count(
            long host,
            MemorySegment page,
            String log,
            String views,
            MemorySegment data,
            MemorySegment index) {
        String text = VOTES.replace('\'', '"');
        String[] request = {
            "query.count", "log", log, "views", views, "face", "operators", "query", text
        };
        String[] reply = cold(host, request);
        if (reply[1].equals("handle")) {
            rows(host, page, reply[2], data, index);
        }
    }

    private static void rows(
            long host, MemorySegment page, String cursor, MemorySegment data, MemorySegment index) {
        Training.set(page, CallPage.FLAGS, CallPage.FLAG_WAIT);
        Training.hot(CallPage.OP_NEXT, page, cursor, data, index);
        cold(host, "cursor.close", "handle", cursor);
    }
}
