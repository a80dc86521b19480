package org.millrace.host;

import java.util.ArrayList;
import java.util.List;

/** The answer to a cold call: named strings. */
public final class Reply {
    /** First string of every reply that is not an error; of an error it is the code. */
    static final String OK = "OK";

    private final List<String> strings = new ArrayList<>(List.of(OK));

    public Reply put(String key, String value) {
        strings.add(key);
        strings.add(value);
        return this;
    }

    public Reply put(String key, long value) {
        return put(key, Long.toString(value));
    }

    public Reply put(String key, boolean value) {
        return put(key, Boolean.toString(value));
    }

    Reply putAll(Reply other) {
        strings.addAll(other.strings.subList(1, other.strings.size()));
        return this;
    }

    String[] strings() {
        return strings.toArray(String[]::new);
    }
}
