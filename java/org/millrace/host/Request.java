package org.millrace.host;

import org.millrace.storage.PosixStorage;
import org.millrace.storage.Storage;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A cold call: a name and named strings; and who asks.
 *
 * <p>What an operation does not read is an error ({@link #done}), so that a misspelt option is told
 * and not ignored.
 */
public final class Request {
    private final Environment environment;
    private final String name;
    private final Map<String, String> values = new HashMap<>();

    Request(Environment environment, String[] strings) {
        if (strings.length % 2 == 0) {
            throw Errors.argument("a cold call is a name and pairs, got " + strings.length);
        }
        this.environment = environment;
        this.name = strings[0];
        for (int i = 1; i < strings.length; i += 2) {
            values.put(strings[i], strings[i + 1]);
        }
    }

    Environment environment() {
        return environment;
    }

    public String name() {
        return name;
    }

    /** A string that must be there. */
    public String text(String key) {
        String value = values.remove(key);
        if (value == null) {
            throw Errors.argument(name + ": " + key + " is missing");
        }
        return value;
    }

    /** A file or directory, by its one name ({@link Storage#canonical}). */
    public Path path(String key) {
        return canonical(text(key));
    }

    /** The same when somebody else reads it as well; null when it is not there. */
    public Path peekPath(String key) {
        String value = values.get(key);
        return value == null ? null : canonical(value);
    }

    private Path canonical(String path) {
        try {
            return new PosixStorage().canonical(Path.of(path));
        } catch (InvalidPathException e) { // a lone surrogate, a character 0
            throw Errors.argument(
                    name + ": '" + path + "' is no path here (" + e.getReason() + "). Rename it.");
        }
    }

    public String text(String key, String otherwise) {
        String value = values.remove(key);
        return value == null ? otherwise : value;
    }

    /** The same for an option that somebody else reads as well. */
    public String peek(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    /** A whole number that must be there. */
    public long number(String key) {
        return parse(key, text(key));
    }

    public long number(String key, long otherwise) {
        String value = values.remove(key);
        return value == null ? otherwise : parse(key, value);
    }

    /** A size in bytes, 1 to 2^31 - 1. */
    public int bytes(String key, int otherwise) {
        long value = number(key, otherwise);
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw Errors.argument(name + ": " + key + " is " + value + ", not 1 to 2^31 - 1");
        }
        return (int) value;
    }

    /** {@code true} or {@code false}. */
    public boolean flag(String key, boolean otherwise) {
        String value = text(key, Boolean.toString(otherwise));
        if (!value.equals("true") && !value.equals("false")) {
            throw Errors.argument(name + ": " + key + " is '" + value + "', not true or false");
        }
        return value.equals("true");
    }

    /** All that was not read yet, for whoever knows what it means. */
    public Map<String, String> rest() {
        var rest = Map.copyOf(values);
        values.clear();
        return rest;
    }

    /** Every option was read. */
    public void done() {
        if (!values.isEmpty()) {
            throw Errors.argument(name + ": unknown option " + String.join(", ", values.keySet()));
        }
    }

    private long parse(String key, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw Errors.argument(name + ": " + key + " is '" + value + "', not a whole number");
        }
    }
}
