package org.millrace.log.maintenance;

import org.millrace.format.BlockFormat;
import org.millrace.format.OffsetCodec;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

/**
 * Which on-disk format a log has, and what must be known beside to read it. Told by a label: {@code
 * offset-32}, {@code offset-48}, {@code offset-53}, {@code offset-legacy}, {@code block-65536} (any
 * block size), {@code wal}.
 *
 * @param kind the engine
 * @param codec of an offset log, else null
 * @param blockBytes of a block log, else 0
 */
public record LogFormat(Kind kind, OffsetCodec codec, int blockBytes) {
    /** The engines that keep a log on disk. */
    public enum Kind {
        OFFSET,
        BLOCK,
        WAL
    }

    public static final LogFormat WAL = new LogFormat(Kind.WAL, null, 0);

    public static LogFormat offset(OffsetCodec codec) {
        return new LogFormat(Kind.OFFSET, codec, 0);
    }

    public static LogFormat block(int blockBytes) {
        return new LogFormat(Kind.BLOCK, null, blockBytes);
    }

    /**
     * The format of that label; {@code offset} and {@code block} alone mean the peers' defaults.
     *
     * @throws MillraceException ERR_ARGUMENT, naming the labels there are
     */
    public static LogFormat ofLabel(String label) {
        try {
            return switch (label) {
                case "wal" -> WAL;
                case "offset" -> offset(OffsetCodec.BITS_32);
                case "block" -> block(BlockFormat.BLOCK_BYTES_DEFAULT);
                default -> parse(label);
            };
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "log format '"
                            + label
                            + "': known are offset-32, offset-48, offset-53, offset-legacy,"
                            + " block-BYTES (block-65536), wal",
                    e);
        }
    }

    private static LogFormat parse(String label) {
        if (label.startsWith("offset-")) {
            return offset(OffsetCodec.ofLabel(label.substring("offset-".length())));
        }
        if (label.startsWith("block-")) {
            int bytes = Integer.parseInt(label.substring("block-".length()));
            return block(new BlockFormat(bytes).blockBytes());
        }
        throw new IllegalArgumentException(label);
    }

    /** The label that {@link #ofLabel} takes. */
    public String label() {
        return switch (kind) {
            case OFFSET -> "offset-" + codec.label();
            case BLOCK -> "block-" + blockBytes;
            case WAL -> "wal";
        };
    }

    @Override
    public String toString() {
        return label();
    }
}
