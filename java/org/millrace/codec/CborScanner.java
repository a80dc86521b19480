package org.millrace.codec;

import java.lang.foreign.MemorySegment;

/**
 * Scans CBOR (RFC 8949): definite and indefinite lengths, half floats; tags are passed over.
 *
 * <p>{@code undefined} and unassigned simple values read as missing, as in JavaScript. A map entry
 * whose key is no text is opaque: no path can name it. Nothing may follow the record's item.
 */
final class CborScanner implements Scanner {
    private static final long OPEN = -1;

    private final Walk walk = new Walk();
    private final CborHead head = new CborHead();
    private final CborSkip skip = new CborSkip(CborSkip.LEVELS_MAX);

    /** For each open level the items (of a map: entries) still to come; OPEN: a break ends it. */
    private final long[] left = new long[DEPTH_MAX + 1];

    private final boolean[] maps = new boolean[DEPTH_MAX + 1];

    private byte[] block;
    private int end;

    @Override
    public boolean scan(MemorySegment block, long offset, int length, Message message) {
        if (!message.take(block, offset, length)) {
            return false;
        }
        this.block = message.bytes();
        end = length;
        walk.begin(message);
        if (item(0) != end) {
            message.begin();
            return false;
        }
        walk.finish();
        return true;
    }

    /** Walks over the record's one item; returns the position behind it, -1 when ill-formed. */
    private int item(int offset) {
        int depth = 0;
        int p = offset;
        for (; ; ) {
            if (depth > 0 && isAtEnd(depth, p)) {
                p += left[depth] == OPEN ? 1 : 0;
                walk.close(p);
                depth--;
            } else {
                if (depth > 0 && maps[depth]) {
                    p = key(p);
                    if (p < 0) {
                        return -1;
                    }
                    if (opaque) {
                        p = skip.end(block, p, end);
                        if (p < 0) {
                            return -1;
                        }
                        countDown(depth);
                        continue;
                    }
                }
                int start = p;
                p = head.readUntagged(block, p, end);
                if (p < 0) {
                    return -1;
                }
                boolean isContainer = head.major == CborHead.ARRAY || head.major == CborHead.MAP;
                if (isContainer && depth < DEPTH_MAX) {
                    boolean isMap = head.major == CborHead.MAP;
                    if (!head.fits(p, end, isMap ? 2 : 1)) {
                        return -1;
                    }
                    if (depth > 0) {
                        countDown(depth);
                    }
                    walk.open(isMap ? Kind.OBJECT : Kind.ARRAY, start);
                    left[++depth] = head.isIndefinite() ? OPEN : head.argument;
                    maps[depth] = isMap;
                    continue;
                }
                if (depth > 0) {
                    countDown(depth);
                }
                p = isContainer ? tooDeep(start) : scalar(start, p);
                if (p < 0) {
                    return -1;
                }
            }
            if (depth == 0) {
                return p;
            }
        }
    }

    private boolean opaque;

    private boolean isAtEnd(int depth, int at) {
        if (left[depth] != OPEN) {
            return left[depth] == 0;
        }
        return at < end && block[at] == (byte) 0xFF;
    }

    private void countDown(int depth) {
        if (left[depth] != OPEN) {
            left[depth]--;
        }
    }

    /** Reads a map's key; returns the position behind it, -1 when ill-formed. */
    private int key(int at) {
        int p = head.readUntagged(block, at, end);
        if (p < 0) {
            return -1;
        }
        opaque = head.major != CborHead.TEXT;
        if (opaque) {
            return skip.end(block, at, end);
        }
        boolean chunks = head.isIndefinite();
        int behind = head.stringEnd(block, p, end);
        if (behind < 0) {
            return -1;
        }
        int length = behind - p - (chunks ? 1 : 0);
        walk.key(p, length, form(p, length, chunks));
        return behind;
    }

    private int tooDeep(int start) {
        Kind kind = head.major == CborHead.MAP ? Kind.OBJECT : Kind.ARRAY;
        int behind = skip.end(block, start, end);
        if (behind >= 0) {
            walk.skip(kind, start, behind);
        }
        return behind;
    }

    private int scalar(int start, int at) {
        switch (head.major) {
            case CborHead.TEXT, CborHead.BYTES -> {
                boolean isText = head.major == CborHead.TEXT;
                boolean chunks = head.isIndefinite();
                int behind = head.stringEnd(block, at, end);
                if (behind < 0) {
                    return -1;
                }
                int length = behind - at - (chunks ? 1 : 0);
                if (isText) {
                    walk.string(at, length, form(at, length, chunks));
                } else {
                    walk.simple(Kind.BYTES, at, length);
                }
                return behind;
            }
            case CborHead.SIMPLE -> {
                if (head.isBreak()) {
                    return -1;
                }
                if (head.isFloat()) {
                    walk.number(start, at - start, head.number());
                } else {
                    walk.simple(simple((int) head.argument), start, at - start);
                }
                return at;
            }
            default -> {
                walk.number(start, at - start, head.number());
                return at;
            }
        }
    }

    private static Kind simple(int value) {
        return switch (value) {
            case 20 -> Kind.FALSE;
            case 21 -> Kind.TRUE;
            case 22 -> Kind.NULL;
            default -> Kind.MISSING;
        };
    }

    private int form(int at, int length, boolean chunks) {
        return chunks
                ? Span.CBOR_CHUNKS
                : Words.isAscii(block, at, length) ? Span.PLAIN : Span.NOT_ASCII;
    }
}
