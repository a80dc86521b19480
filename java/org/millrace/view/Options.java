package org.millrace.view;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Map;

/** Reads a view method's options; a value that cannot be meant is ERR_ARGUMENT. */
public final class Options {
    private Options() {}

    /** A text that must be there. */
    public static String text(Map<String, String> options, String name) {
        var value = options.get(name);
        if (value == null) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "option " + name + " is missing; given: " + options.keySet());
        }
        return value;
    }

    /** Bytes in hexadecimal; they must be there. */
    public static MemorySegment bytes(Map<String, String> options, String name) {
        try {
            return MemorySegment.ofArray(HexFormat.of().parseHex(text(options, name)));
        } catch (IllegalArgumentException e) {
            throw bad(name, options.get(name), "hexadecimal");
        }
    }

    /** A number, or {@code without} when the option is not there. Fractions are welcome. */
    public static double number(Map<String, String> options, String name, double without) {
        var value = options.get(name);
        if (value == null) {
            return without;
        }
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw bad(name, value, "a number");
        }
    }

    /** {@code true} or {@code false}. */
    public static boolean flag(Map<String, String> options, String name, boolean without) {
        var value = options.get(name);
        if (value == null) {
            return without;
        }
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(name, value, "true or false");
        };
    }

    /** What to throw for an option's value. */
    public static MillraceException bad(String name, String value, String wanted) {
        return new MillraceException(
                ErrorCode.ERR_ARGUMENT, "option " + name + " is " + value + ", not " + wanted);
    }
}
