package org.millrace.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.millrace.log.Log;
import org.millrace.log.Range;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

/**
 * What the views must answer, computed slowly over Jackson's trees, by nothing that the views use.
 */
final class ViewOracle {
    private static final Pattern REF =
            Pattern.compile(
                    "(@[A-Za-z0-9/+]{42}[AEIMQUYcgkosw048]=\\.(ed25519|sha256))"
                            + "|(%[A-Za-z0-9/+]{42}[AEIMQUYcgkosw048]=\\.(sha256|cloaked))"
                            + "|(&[A-Za-z0-9/+]{42}[AEIMQUYcgkosw048]=\\.sha256)");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_]{3,}");
    private static final Pattern CHANNEL = Pattern.compile("#[^\\s#]{1,28}");
    private static final Set<String> RELATIONS =
            Set.of("root", "branch", "fork", "vote", "mentions", "about", "contact");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A message and where it stands. */
    record Row(long seq, JsonNode json) {
        JsonNode value() {
            return json.path("value");
        }

        JsonNode content() {
            return value().path("content");
        }

        double received() {
            return json.path("timestamp").asDouble(Double.NaN);
        }

        double claimed() {
            return value().path("timestamp").asDouble(Double.NaN);
        }

        double asserted() {
            return Double.isNaN(received())
                    ? claimed()
                    : Double.isNaN(claimed()) ? received() : Math.min(received(), claimed());
        }
    }

    final List<Row> rows = new ArrayList<>();

    ViewOracle(Log log) {
        log.forEach(
                Range.ALL,
                (seq, record) -> {
                    try {
                        var json = JSON.readTree(record.copy());
                        if (json != null && !json.isMissingNode()) {
                            rows.add(new Row(seq, json));
                        }
                    } catch (IOException e) {
                        // no message
                    }
                });
    }

    Map<String, Long> keys() {
        var keys = new HashMap<String, Long>();
        for (var row : rows) {
            if (row.json.path("key").isTextual()) {
                keys.put(row.json.get("key").asText(), row.seq);
            }
        }
        return keys;
    }

    /** Author -> its messages by number. */
    Map<String, List<Row>> feeds() {
        var feeds = new TreeMap<String, List<Row>>();
        for (var row : rows) {
            if (row.value().path("author").isTextual() && row.value().path("sequence").isNumber()) {
                add(feeds, row.value().get("author").asText(), row);
            }
        }
        feeds.values()
                .forEach(
                        l -> l.sort(Comparator.comparing(r -> r.value().get("sequence").asLong())));
        return feeds;
    }

    /** Target, and relation behind a space or nothing for all -> rows by asserted time. */
    Map<String, List<Row>> backlinks() {
        var links = new HashMap<String, List<Row>>();
        for (var row : rows) {
            var seen = new LinkedHashSet<String>();
            links(
                    row.content(),
                    (relation, target) -> {
                        seen.add(target + " ");
                        seen.add(target + " " + relationName(relation));
                    });
            seen.forEach(key -> add(links, key, row));
        }
        links.values().forEach(l -> l.sort(Comparator.comparingDouble(Row::asserted)));
        return links;
    }

    /** Each word of at least three letters, in lower case -> rows in whose text it stands. */
    Map<String, List<Row>> words() {
        var words = new TreeMap<String, List<Row>>();
        for (var row : rows) {
            WORD.matcher(row.content().path("text").asText(""))
                    .results()
                    .map(found -> found.group().toLowerCase(Locale.ROOT))
                    .distinct()
                    .forEach(word -> add(words, word, row));
        }
        return words;
    }

    /** By one of a row's times; rows without it are left out. */
    List<Row> byTime(ToDoubleFunction<Row> time) {
        return rows.stream()
                .filter(row -> !Double.isNaN(time.applyAsDouble(row)))
                .sorted(Comparator.comparingDouble(time))
                .toList();
    }

    /** Type, and author or channel behind it -> rows by when they were received. */
    Map<List<String>, List<Row>> types() {
        var types = new HashMap<List<String>, List<Row>>();
        for (var row : rows) {
            var type = row.content().path("type");
            var channel = row.content().path("channel");
            var author = row.value().path("author");
            if (type.isTextual()) {
                add(types, List.of("type", type.asText()), row);
            }
            if (channel.isTextual()) {
                add(types, List.of("channel", channel.asText()), row);
            }
            if (type.isTextual() && author.isTextual()) {
                add(types, List.of("type", type.asText(), "author", author.asText()), row);
            }
            if (type.isTextual() && channel.isTextual()) {
                add(types, List.of("type", type.asText(), "channel", channel.asText()), row);
            }
        }
        types.values().forEach(l -> l.sort(Comparator.comparingDouble(Row::received)));
        return types;
    }

    /** Some of source, dest and rel, by name -> rows by when they were received. */
    Map<Map<String, String>, List<Row>> directLinks() {
        var links = new HashMap<Map<String, String>, List<Row>>();
        for (var row : rows) {
            var seen = new LinkedHashSet<Map<String, String>>();
            var source = row.value().path("author").asText();
            row.content()
                    .properties()
                    .forEach(
                            entry -> {
                                for (var dest : direct(entry.getValue())) {
                                    seen.addAll(questions(source, dest, entry.getKey()));
                                }
                            });
            seen.forEach(question -> add(links, question, row));
        }
        links.values().forEach(l -> l.sort(Comparator.comparingDouble(Row::received)));
        return links;
    }

    private static List<Map<String, String>> questions(String source, String dest, String rel) {
        return List.of(
                Map.of("dest", dest),
                Map.of("source", source),
                Map.of("source", source, "dest", dest),
                Map.of("dest", dest, "rel", rel),
                Map.of("source", source, "rel", rel),
                Map.of("source", source, "dest", dest, "rel", rel));
    }

    private static List<String> direct(JsonNode value) {
        var dests = new ArrayList<String>();
        var nodes = new ArrayList<JsonNode>();
        if (value.isArray()) {
            value.forEach(nodes::add);
        } else {
            nodes.add(value);
        }
        for (var node : nodes) {
            var link = node.isObject() ? node.path("link") : node;
            if (link.isTextual() && REF.matcher(link.asText().split("\\?", 2)[0]).matches()) {
                dests.add(link.asText());
            }
        }
        return dests;
    }

    /** Subject -> its about messages by asserted time. */
    Map<String, List<Row>> abouts() {
        var abouts = new HashMap<String, List<Row>>();
        for (var row : rows) {
            var content = row.content();
            if (content.path("type").asText().equals("about")
                    && content.path("about").isTextual()) {
                add(abouts, content.get("about").asText(), row);
            }
        }
        abouts.values().forEach(l -> l.sort(Comparator.comparingDouble(Row::asserted)));
        return abouts;
    }

    /** The messages that name a contact. */
    List<Row> naming() {
        return rows.stream().filter(row -> row.content().path("contact").isTextual()).toList();
    }

    /** Author -> whom it follows, or blocks, by its last words. */
    Map<String, Set<String>> contacts(String relation) {
        var graph = new HashMap<String, Set<String>>();
        for (var row : rows) {
            var content = row.content();
            if (content.path("type").asText().equals("contact")
                    && content.path("contact").isTextual()
                    && content.path(relation).isBoolean()) {
                var of =
                        graph.computeIfAbsent(
                                row.value().get("author").asText(), _ -> new TreeSet<>());
                if (content.get(relation).asBoolean()) {
                    of.add(content.get("contact").asText());
                } else {
                    of.remove(content.get("contact").asText());
                }
            }
        }
        return graph;
    }

    static List<Long> seqs(Collection<Row> rows) {
        return rows.stream().map(Row::seq).toList();
    }

    static <K> void add(Map<K, List<Row>> to, K key, Row row) {
        to.computeIfAbsent(key, _ -> new ArrayList<>()).add(row);
    }

    private static String relationName(String key) {
        return RELATIONS.contains(key) ? key.replace("mentions", "mention") : "other";
    }

    private static void links(JsonNode content, BiConsumer<String, String> to) {
        if (content.isObject()) {
            content.properties().forEach(e -> walk(e.getKey(), e.getValue(), to));
        } else {
            walk("", content, to);
        }
    }

    private static void walk(String key, JsonNode node, BiConsumer<String, String> to) {
        if (node.isTextual()) {
            var target = target(key, node.asText());
            if (target != null) {
                to.accept(key, target);
            }
        } else {
            node.forEach(child -> walk(key, child, to));
        }
    }

    private static String target(String key, String text) {
        if (key.equals("channel")) {
            return channel(text);
        }
        if (REF.matcher(text).matches()) {
            return text;
        }
        return CHANNEL.matcher(text).matches() ? channel(text) : null;
    }

    private static String channel(String text) {
        var name = "#" + text.toLowerCase(Locale.ROOT).replaceAll("[\\s,.?!<>()\\[\\]\"#]", "");
        return name.length() > 1 && name.length() < 30 ? name : null;
    }
}
