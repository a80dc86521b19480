package org.millrace.format;

/**
 * How flumelog-offset writes a frame's end into its trailer, and with it how large a file can grow.
 *
 * <p>The names follow the peer's option {@code offsetCodec}: 32 (its default), 48, 53; {@code
 * LEGACY} is {@code flumelog-offset/legacy}, which writes no end. docs/FORMAT.md, "Offset log".
 */
public enum OffsetCodec {
    BITS_32("32", 4, (1L << 32) - 1),
    BITS_48("48", 6, (1L << 48) - 1),
    BITS_53("53", 8, (1L << 53) - 1),
    LEGACY("legacy", 0, (1L << 53) - 1);

    private final String label;
    private final int endBytes;
    private final long endMax;

    OffsetCodec(String label, int endBytes, long endMax) {
        this.label = label;
        this.endBytes = endBytes;
        this.endMax = endMax;
    }

    /** The peer's name: {@code 32 | 48 | 53 | legacy}. */
    public String label() {
        return label;
    }

    /** Width of the field {@code end} in bytes; 0 when the framing has none. */
    public int endBytes() {
        return endBytes;
    }

    /** The largest file length that a frame of this codec can end at. */
    public long endMax() {
        return endMax;
    }

    /**
     * The codec of that label.
     *
     * @throws IllegalArgumentException for any other label
     */
    public static OffsetCodec ofLabel(String label) {
        for (var codec : values()) {
            if (codec.label.equals(label)) {
                return codec;
            }
        }
        throw new IllegalArgumentException("offset codec " + label + ", known: 32 48 53 legacy");
    }
}
