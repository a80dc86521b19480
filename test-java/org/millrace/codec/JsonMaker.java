package org.millrace.codec;

import java.util.List;
import java.util.Random;

/** Makes up messages: mostly canonical in shape, with everything that makes JSON hard. */
final class JsonMaker {
    private static final String ID = "hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q=";
    private static final List<String> STRINGS =
            List.of(
                    "",
                    "post",
                    "#",
                    "#chan",
                    "#Ch\u00e4n\u3000",
                    "#a#b",
                    "#" + "x".repeat(28),
                    "#" + "x".repeat(29),
                    "#\ud83d\ude00\ud83d\ude00",
                    "abc.box",
                    "abc.box2",
                    "na\u00efve \u2028 \ud83d\ude00",
                    "\ud800 lone",
                    "quote \" backslash \\ slash / tab \t end",
                    "\u0000\u001f\u007f",
                    "%" + ID + ".sha256",
                    "@" + ID + ".ed25519",
                    "@" + ID + ".sha256",
                    "&" + ID + ".sha256",
                    "%" + ID + ".cloaked",
                    "&" + ID + ".sha256?unbox=abc",
                    "&" + ID + ".sha256?",
                    "%" + ID + ".sha255",
                    "%" + ID + ".sha256 ",
                    "%" + ID.replace('Q', 'R') + ".sha256",
                    "%" + ID.replace('8', '-') + ".sha256",
                    "@" + ID + "xed25519",
                    "x" + ID + ".sha256");

    private static final List<String> KEYS =
            List.of(
                    "type",
                    "root",
                    "branch",
                    "fork",
                    "vote",
                    "link",
                    "value",
                    "channel",
                    "about",
                    "contact",
                    "following",
                    "blocking",
                    "mentions",
                    "text",
                    "name",
                    "image",
                    "key",
                    "content",
                    "author",
                    "__proto__",
                    "na\u00efve",
                    "\ufffd",
                    "exactly8",
                    "averyveryverylongkey",
                    "averyveryverylongkez",
                    "",
                    "0",
                    "timestamp");

    private static final List<String> NUMBERS =
            List.of(
                    "0",
                    "-0",
                    "1",
                    "-1",
                    "1.5",
                    "1e400",
                    "-1e400",
                    "1e-400",
                    "9007199254740993",
                    "123456789012345",
                    "1234567890123456",
                    "1438787025000",
                    "1.438787025e12",
                    "4.9e-324",
                    "2.2250738585072011e-308",
                    "0.1",
                    "1E+2",
                    "100000000000000000000000001");

    private final Random random;

    JsonMaker(Random random) {
        this.random = random;
    }

    String record() {
        if (chance(20)) {
            return space() + value(4) + space();
        }
        var out = new StringBuilder("{\"key\":").append(string()).append(",\"value\":{");
        out.append("\"previous\":").append(chance(2) ? "null" : string());
        boolean old = chance(2);
        out.append(old ? ",\"sequence\":" + number() : ",\"author\":" + string());
        out.append(old ? ",\"author\":" + string() : ",\"sequence\":" + number());
        out.append(",\"timestamp\":").append(number()).append(",\"hash\":").append(string());
        out.append(",\"content\":").append(chance(8) ? string() : object(4));
        if (chance(12)) {
            out.append(",").append(key()).append(":").append(value(3));
        }
        out.append(",\"signature\":").append(string()).append("},\"timestamp\":").append(number());
        return out.append(chance(12) ? "," + key() + ":" + value(2) : "").append("}").toString();
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 5)) {
            case 0 -> number();
            case 1 -> List.of("true", "false", "null").get(random.nextInt(3));
            case 2, 3, 4 -> string();
            case 5, 6 -> array(depth - 1);
            default -> object(depth - 1);
        };
    }

    private String object(int depth) {
        var out = new StringBuilder("{");
        int size = chance(40) ? 60 : random.nextInt(7);
        for (int i = 0; i < size; i++) {
            out.append(i > 0 ? "," : "").append(space()).append(key()).append(space());
            out.append(":").append(space()).append(value(size > 7 ? 0 : depth)).append(space());
        }
        return out.append(space()).append("}").toString();
    }

    private String array(int depth) {
        var out = new StringBuilder("[");
        for (int i = random.nextInt(4); i > 0; i--) {
            out.append(space()).append(value(depth)).append(i > 1 ? "," : "");
        }
        return out.append(space()).append("]").toString();
    }

    private String key() {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        return quoted(chance(6) ? key + random.nextInt(40) : key);
    }

    private String string() {
        return quoted(STRINGS.get(random.nextInt(STRINGS.size())));
    }

    private String number() {
        return NUMBERS.get(random.nextInt(NUMBERS.size()));
    }

    private String quoted(String text) {
        var out = new StringBuilder("\"");
        boolean escapeMuch = chance(12);
        for (char c : text.toCharArray()) {
            boolean must = c < ' ' || c == '"' || c == '\\' || Character.isSurrogate(c);
            if (must || escapeMuch && chance(2)) {
                out.append(escape(c));
            } else {
                out.append(c);
            }
        }
        return out.append("\"").toString();
    }

    private String escape(char c) {
        int at = "\"\\/\b\f\n\r\t".indexOf(c);
        if (at >= 0 && chance(2)) {
            return "\\" + "\"\\/bfnrt".charAt(at);
        }
        return String.format(chance(2) ? "\\u%04x" : "\\u%04X", (int) c);
    }

    private String space() {
        return chance(20) ? " \n\r\t".substring(random.nextInt(4)) : "";
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }
}
