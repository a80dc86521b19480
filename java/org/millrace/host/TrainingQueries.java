package org.millrace.host;

import static org.millrace.host.Training.cold;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

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
            if (i % 2 == 0) { // else what was answered before is known
                Training.append(page, log, data, index, 1);
            }
            for (String query : MAP_FILTER_REDUCE) {
                rows(page, log, data, index, request("query", views, "mfr", query, "20"));
            }
            for (String query : OPERATORS) {
                rows(page, log, data, index, request("query", views, "operators", query, "20"));
            }
            rows(page, log, data, index, request("query.count", views, "operators", VOTES, "0"));
        }
        for (int i = 0; i < SCANS; i++) {
            String query = GROUPS.formatted(i);
            rows(page, log, data, index, request("query", views, "mfr", query, "0"));
        }
        for (String view : views.split(",")) {
            cold(host, "view.close", "handle", view.substring(view.indexOf('=') + 1));
        }
    }

    private static String[] request(
            String kind, String views, String face, String query, String limit) {
        String text = query.replace('\'', '"');
        return new String[] {
            kind, "views", views, "face", face, "query", text, "limit", limit, "reverse", "true"
        };
    }

    private static void rows(
            MemorySegment page,
            String log,
            MemorySegment data,
            MemorySegment index,
            String[] request) {
        byte[] text = String.join("\0", request).getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(text, 0, data, ValueLayout.JAVA_BYTE, 0, text.length);
        Training.set(page, CallPage.FLAGS, CallPage.FLAG_WAIT);
        Training.set(page, CallPage.USED, text.length);
        Training.hot(CallPage.OP_OPEN, page, log, data, index);
        while ((CallPage.number(page.address(), CallPage.FLAGS) & CallPage.FLAG_ENDED) == 0) {
            String cursor = Long.toString(CallPage.number(page.address(), CallPage.HANDLE));
            Training.set(page, CallPage.FLAGS, CallPage.FLAG_WAIT);
            Training.hot(CallPage.OP_NEXT, page, cursor, data, index);
        }
    }
}
