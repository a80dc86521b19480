package org.millrace.codec;

/**
 * Tells SSB references from other strings.
 *
 * <p>The rules are ssb-ref's ({@code isFeed}, {@code isMsg}, {@code isBlob}, {@code isCloakedMsg}):
 * a sigil, 32 bytes in canonical base64, a suffix. One difference: ssb-ref's expression lets any
 * character stand for a feed's dot, we want the dot. A reference with a query ({@code
 * &….sha256?unbox=…}) is a link for {@code isLink} (so for ssb-links and ssb-db) and none for
 * ssb-backlinks: {@link Link#hasQuery}.
 */
final class Refs {
    /** Sigil, 43 characters and '=', dot, suffix: the shortest reference. */
    static final int LENGTH_MIN = 52;

    /** The longest reference without its query. */
    static final int LENGTH_MAX = 53;

    private static final int BASE64_CHARACTERS = 43;
    private static final long SHA256 = ascii("sha256");
    private static final long ED25519 = ascii("ed25519");
    private static final long CLOAKED = ascii("cloaked");

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH = 0x8080_8080_8080_8080L;

    private Refs() {}

    /** What the string is; null when it is no reference. A query behind it does not matter. */
    static RefKind kind(byte[] block, int at, int length) {
        if (length < LENGTH_MIN || block[at + 44] != '=' || block[at + 45] != '.') {
            return null;
        }
        int idLength = idLength(block, at, length);
        if (idLength == 0) {
            return null;
        }
        // A zero byte behind a short suffix would look like the padding of the word.
        boolean isSha256 = idLength == LENGTH_MIN && Words.head(block, at + 46, 6) == SHA256;
        long suffix = idLength == LENGTH_MAX ? Words.head(block, at + 46, 7) : 0;
        RefKind kind =
                switch (block[at]) {
                    case '@' -> isSha256 || suffix == ED25519 ? RefKind.FEED : null;
                    case '&' -> isSha256 ? RefKind.BLOB : null;
                    case '%' ->
                            isSha256 ? RefKind.MESSAGE : suffix == CLOAKED ? RefKind.CLOAKED : null;
                    default -> null;
                };
        return kind != null && isCanonicalBase64(block, at + 1) ? kind : null;
    }

    /** Whether a string that is none has a reference's shape all the same. */
    static boolean isLike(byte[] block, int at, int length) {
        return length > LENGTH_MIN - 8 && block[at] != '#' && block[at + 44] == '=';
    }

    /** Whether a query follows the reference. */
    static boolean hasQuery(byte[] block, int at, int length) {
        return idLength(block, at, length) < length;
    }

    /** Whether a string with this first byte can be a link. */
    static boolean isSigil(int first) {
        return first == '%' || first == '@' || first == '&' || first == '#';
    }

    /** Length up to the query; 0 when it is no reference's length. */
    private static int idLength(byte[] block, int at, int length) {
        if (length == LENGTH_MIN || block[at + LENGTH_MIN] == '?') {
            return LENGTH_MIN;
        }
        boolean fits = length == LENGTH_MAX || block[at + LENGTH_MAX] == '?';
        return fits ? LENGTH_MAX : 0;
    }

    /** 43 base64 characters of which the last carries no bits beyond the 32nd byte. */
    private static boolean isCanonicalBase64(byte[] block, int at) {
        long good = HIGH;
        for (int i = 0; i < BASE64_CHARACTERS - 8; i += 8) {
            good &= base64(Words.word(block, at + i));
        }
        good &= base64(Words.word(block, at + BASE64_CHARACTERS - 8));
        if (good != HIGH) {
            return false;
        }
        int last = block[at + BASE64_CHARACTERS - 1];
        return "AEIMQUYcgkosw048".indexOf(last) >= 0;
    }

    /** High bit set in each byte that is a base64 character. */
    private static long base64(long word) {
        long folded = word | ' ' * ONES;
        return (within(folded, 'a', 'z') | within(word, '/', '9') | within(word, '+', '+'))
                & ~word
                & HIGH;
    }

    /** High bit set in each byte (below 0x80) that is {@code low .. high}. */
    private static long within(long word, int low, int high) {
        long bytes = word & ~HIGH;
        return bytes + (0x80 - low) * ONES & ~(bytes + (0x7F - high) * ONES);
    }

    private static long ascii(String text) {
        return Words.head(Words.ascii(text), 0, text.length());
    }
}
