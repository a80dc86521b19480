package org.millrace.codec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Finds fields and links in a tree of maps, lists, strings, doubles and booleans; written from the
 * npm packages' rules, with regular expressions and recursion, independently of the scanners.
 */
final class TreeOracle {
    static final Object NULL = new Object();

    /** JavaScript's undefined. */
    static final Object UNDEFINED = new Object();

    private static final String ID = "[A-Za-z0-9/+]{42}[AEIMQUYcgkosw048]=\\.";
    private static final Pattern FEED = Pattern.compile("@" + ID + "(?:sha256|ed25519)");
    private static final Pattern MESSAGE = Pattern.compile("%" + ID + "sha256");
    private static final Pattern CLOAKED = Pattern.compile("%" + ID + "cloaked");
    private static final Pattern BLOB = Pattern.compile("&" + ID + "sha256");
    private static final Pattern CHANNEL =
            Pattern.compile(
                    "#[^#\\t\\n\\x0B\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f"
                            + "\\u205f\\u3000\\ufeff]+");

    private final List<String> lines = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private final List<Boolean> inArrays = new ArrayList<>();

    private TreeOracle() {}

    static List<String> lines(Object record) {
        var oracle = new TreeOracle();
        for (String[] path : Found.paths()) {
            oracle.field(path, at(record, path));
        }
        Object content = at(record, new String[] {"value", "content"});
        oracle.walk(content, 3);
        String text = content instanceof String string ? string : "";
        oracle.lines.add("private " + (text.endsWith(".box") || text.endsWith(".box2")));
        Collections.sort(oracle.lines);
        return oracle.lines;
    }

    private static Object at(Object record, String[] path) {
        Object value = record;
        for (String key : path) {
            if (value instanceof Map<?, ?> map && map.containsKey(key)) {
                value = map.get(key);
            } else if (value instanceof List<?> list
                    && key.matches("0|[1-9][0-9]{0,8}")
                    && Integer.parseInt(key) < list.size()) {
                value = list.get(Integer.parseInt(key));
            } else {
                return UNDEFINED;
            }
        }
        return value;
    }

    private void field(String[] path, Object value) {
        if (value == UNDEFINED) {
            return;
        }
        String text;
        if (value == NULL) {
            text = "NULL";
        } else if (value instanceof Boolean flag) {
            text = flag ? "TRUE" : "FALSE";
        } else if (value instanceof Double number) {
            text = "NUMBER " + Found.number(number);
        } else if (value instanceof String string) {
            text = "STRING " + wellFormed(string);
        } else if (value instanceof byte[]) {
            text = "BYTES";
        } else {
            text = value instanceof Map ? "OBJECT" : "ARRAY";
        }
        lines.add(Found.field(path, text));
    }

    /** {@code depth} is that of the object or array that the value would open. */
    private void walk(Object value, int depth) {
        if (value instanceof String text) {
            link(text);
        } else if (depth <= Scanner.DEPTH_MAX && value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> step((String) key, false, each, depth + 1));
        } else if (depth <= Scanner.DEPTH_MAX && value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                step(Integer.toString(i), true, list.get(i), depth + 1);
            }
        }
    }

    private void step(String key, boolean inArray, Object value, int depth) {
        keys.add(key);
        inArrays.add(inArray);
        walk(value, depth);
        keys.removeLast();
        inArrays.removeLast();
    }

    private void link(String text) {
        boolean named = !keys.isEmpty() && !inArrays.getFirst();
        String key = named ? wellFormed(keys.getFirst()) : null;
        int question = text.indexOf('?');
        String id = question < 0 ? text : text.substring(0, question);
        RefKind ref = null;
        if (named && keys.getFirst().equals("channel")) {
            ref = text.isEmpty() ? null : RefKind.CHANNEL_NAME;
        } else if (FEED.matcher(id).matches()) {
            ref = RefKind.FEED;
        } else if (MESSAGE.matcher(id).matches()) {
            ref = RefKind.MESSAGE;
        } else if (CLOAKED.matcher(id).matches()) {
            ref = RefKind.CLOAKED;
        } else if (BLOB.matcher(id).matches()) {
            ref = RefKind.BLOB;
        } else if (text.length() < 30 && CHANNEL.matcher(text).matches()) {
            ref = RefKind.CHANNEL;
        }
        if (ref != null) {
            boolean query = question >= 0 && ref.isReference();
            lines.add(Found.link(ref, named && isDirect(), query, key, wellFormed(text)));
        }
    }

    private boolean isDirect() {
        boolean byLink = keys.getLast().equals("link") && !inArrays.getLast();
        return switch (keys.size()) {
            case 1 -> true;
            case 2 -> inArrays.get(1) || byLink;
            case 3 -> inArrays.get(1) && byLink;
            default -> false;
        };
    }

    /** What is left of a string once it was written out as UTF-8. */
    static String wellFormed(String text) {
        var out = new StringBuilder();
        text.codePoints()
                .forEach(c -> out.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return out.toString();
    }
}
