package org.millrace.codec;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Scans JSON as JSON.parse reads it: the same texts are well-formed, and they mean the same.
 *
 * <p>Of equal keys the last wins, {@code __proto__} is a key like any other, numbers are doubles,
 * bytes that are not UTF-8 read as U+FFFD (as {@code JSON.parse(buffer.toString())} has it), lone
 * surrogates too once they are written out. {@link CanonicalJson} goes first; it gives up on
 * anything unusual and the general scan here starts again.
 *
 * <p>No recursion; one bit of memory per level of nesting, so at most 2 MiB for a record of 16 MiB.
 */
final class JsonScanner implements Scanner {
    private static final int LEVELS_KEPT = 4096;

    private final Walk walk = new Walk();
    private final JsonNumber number = new JsonNumber();
    private final CanonicalJson canonical = new CanonicalJson(number);
    private final boolean canonicalFirst;

    private byte[] block;
    private int end;

    /** For each open level, whether it is an object. */
    private long[] objects = new long[LEVELS_KEPT / 64];

    JsonScanner() {
        this(true);
    }

    /** For tests and measurements: with or without the fast path. */
    JsonScanner(boolean canonicalFirst) {
        this.canonicalFirst = canonicalFirst;
    }

    @Override
    public boolean scan(MemorySegment block, long offset, int length, Message message) {
        if (!message.take(block, offset, length)) {
            return false;
        }
        this.block = message.bytes();
        end = length;
        if (objects.length > LEVELS_KEPT / 64) {
            objects = new long[LEVELS_KEPT / 64];
        }
        if (canonicalFirst) {
            walk.begin(message);
            if (canonical.scan(this, walk, message, length)) {
                walk.finish();
                return true;
            }
        }
        walk.begin(message);
        int p = value(space(0));
        if (p < 0 || space(p) != end) {
            message.begin();
            return false;
        }
        walk.finish();
        return true;
    }

    /** Walks over the value at {@code at}; returns the position behind it, -1 when ill-formed. */
    int value(int at) {
        int levels = 0;
        int p = at;
        while (p < end) {
            int c = block[p];
            if (c == '{' || c == '[') {
                walk.open(c == '{' ? Kind.OBJECT : Kind.ARRAY, p);
                push(levels++, c == '{');
                p = space(p + 1);
                if (p < end && block[p] != c + 2) {
                    if (c == '{') {
                        p = key(p);
                        if (p < 0) {
                            return -1;
                        }
                    }
                    continue;
                }
            } else {
                p = scalar(c, p);
                if (p < 0) {
                    return -1;
                }
            }
            // A value ends at p, or an empty object or array is about to.
            for (; ; ) {
                if (levels == 0) {
                    return p;
                }
                p = space(p);
                if (p >= end) {
                    return -1;
                }
                c = block[p];
                boolean inObject = isObject(levels - 1);
                if (c == ',') {
                    p = space(p + 1);
                    if (inObject) {
                        p = key(p);
                        if (p < 0) {
                            return -1;
                        }
                    }
                    break;
                }
                if (c != (inObject ? '}' : ']')) {
                    return -1;
                }
                p++;
                levels--;
                walk.close(p);
            }
        }
        return -1;
    }

    /** Reads {@code "key" :}; returns where the value begins, -1 when ill-formed. */
    private int key(int at) {
        if (at >= end || block[at] != '"') {
            return -1;
        }
        int found = JsonText.end(block, at + 1, end);
        if (found < 0) {
            return -1;
        }
        int quote = found >>> 2;
        walk.key(at + 1, quote - at - 1, found & 3);
        int p = space(quote + 1);
        return p < end && block[p] == ':' ? space(p + 1) : -1;
    }

    private int scalar(int first, int at) {
        switch (first) {
            case '"' -> {
                int found = JsonText.end(block, at + 1, end);
                if (found < 0) {
                    return -1;
                }
                int quote = found >>> 2;
                walk.string(at + 1, quote - at - 1, found & 3);
                return quote + 1;
            }
            case 't' -> {
                return literal(at, "true", Kind.TRUE);
            }
            case 'f' -> {
                return literal(at, "false", Kind.FALSE);
            }
            case 'n' -> {
                return literal(at, "null", Kind.NULL);
            }
            default -> {
                return number(at);
            }
        }
    }

    private int number(int at) {
        int p = number.read(block, at, end, walk.wantsNumber());
        if (p >= 0) {
            walk.number(at, p - at, number.value());
        }
        return p;
    }

    private int literal(int at, String word, Kind kind) {
        int length = word.length();
        if (at + length > end) {
            return -1;
        }
        for (int i = 1; i < length; i++) {
            if (block[at + i] != word.charAt(i)) {
                return -1;
            }
        }
        walk.simple(kind, at, length);
        return at + length;
    }

    /** Passes over white space, of which there is mostly none. */
    private int space(int at) {
        return block[at] > ' ' ? at : spaces(at);
    }

    private int spaces(int at) {
        int p = at;
        while (p < end) {
            int c = block[p];
            if (c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                break;
            }
            p++;
        }
        return p;
    }

    private void push(int level, boolean isObject) {
        int word = level >>> 6;
        if (word == objects.length) {
            objects = Arrays.copyOf(objects, word * 2);
        }
        long bit = 1L << level;
        objects[word] = isObject ? objects[word] | bit : objects[word] & ~bit;
    }

    private boolean isObject(int level) {
        return (objects[level >>> 6] & 1L << level) != 0;
    }
}
