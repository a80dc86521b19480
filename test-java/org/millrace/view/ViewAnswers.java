package org.millrace.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Asks views everything that they can be asked, so that two of them can be compared. */
final class ViewAnswers {
    static final List<String> NAMES =
            List.of(
                    "keys",
                    "feeds",
                    "backlinks",
                    "time",
                    "type",
                    "links",
                    "relations",
                    "about",
                    "contacts",
                    "search");

    private static final int SUBJECTS = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private ViewAnswers() {}

    /** What the messages give rise to ask: of some authors and messages, of types, of words. */
    static List<Map<String, String>> questions(ViewOracle oracle, int wordsMax) {
        var ids = new ArrayList<String>();
        int step = 1 + oracle.rows.size() / SUBJECTS;
        for (int i = 0; i < oracle.rows.size(); i += step) {
            ids.add(oracle.rows.get(i).json().path("key").asText());
            ids.add(oracle.rows.get(i).value().path("author").asText());
        }
        var questions = new ArrayList<Map<String, String>>();
        for (var id : ids) {
            questions.add(Map.of("id", id, "dest", id, "start", id, "field", "name"));
            questions.add(Map.of("source", id, "dest", ids.getFirst()));
        }
        for (var type : List.of("post", "vote", "about", "contact", "none")) {
            questions.add(Map.of("type", type));
        }
        for (var word : oracle.words().keySet().stream().limit(wordsMax).toList()) {
            questions.add(Map.of("query", word.substring(0, Math.min(4, word.length()))));
        }
        questions.add(Map.of());
        return questions;
    }

    /** What a view says to each of them, by each of its methods. */
    static List<String> to(MountedView view, long since, List<Map<String, String>> questions)
            throws Exception {
        var answers = new ArrayList<String>();
        for (var method : new TreeMap<>(view.methods()).entrySet()) {
            for (var question : questions) {
                var answer = answer(view, method.getValue(), question);
                answers.add(method.getKey() + " " + question + ": " + answer);
            }
        }
        assertEquals(since, view.since());
        return answers;
    }

    private static String answer(
            MountedView view, ViewMethod method, Map<String, String> question) {
        try {
            return switch (method) {
                case ViewMethod.Lookup lookup -> {
                    var key = ViewFixture.bytes(question.getOrDefault("id", ""));
                    yield Long.toString(view.find(lookup, key));
                }
                case ViewMethod.Value value -> view.read(_ -> value.read(question));
                case ViewMethod.Source source -> rows(view, view.read(_ -> source.open(question)));
            };
        } catch (MillraceException e) {
            assertEquals(ErrorCode.ERR_ARGUMENT, e.code(), e.getMessage());
            return e.getMessage(); // not what this method can be asked
        }
    }

    private static String rows(MountedView view, ViewMethod.Rows rows) {
        var found = new StringBuilder();
        long[] seqs = new long[4096];
        for (int n = -1; n != 0; ) {
            n = view.read(_ -> rows.next(seqs));
            for (int i = 0; i < n; i++) {
                found.append(seqs[i]).append(' ');
            }
        }
        return found.toString();
    }

    /**
     * The same for two views of which one has known texts that the other never saw: what is listed
     * by number of text has no order then.
     */
    static List<String> unordered(MountedView view, List<String> answers) {
        boolean readsByNumber = view.name().equals("contacts");
        return answers.stream().map(answer -> unordered(answer, readsByNumber)).toList();
    }

    private static String unordered(String answer, boolean readsByNumber) {
        int at = answer.indexOf("}: ") + 3;
        var value = answer.substring(at);
        if (readsByNumber && answer.startsWith("read ")) {
            return answer.substring(0, at) + new TreeSet<>(List.of(value.split(" ")));
        }
        if (!value.startsWith("{") && !value.startsWith("[")) {
            return answer;
        }
        try {
            return answer.substring(0, at) + unordered(JSON.readTree(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String unordered(JsonNode value) {
        var fields = new TreeMap<String, String>();
        value.properties()
                .forEach(field -> fields.put(field.getKey(), field.getValue().toString()));
        if (!fields.isEmpty()) {
            return fields.toString();
        }
        var texts = new TreeSet<String>();
        value.forEach(element -> texts.add(element.isTextual() ? element.asText() : ""));
        return texts.isEmpty() || texts.contains("") ? value.toString() : texts.toString();
    }
}
