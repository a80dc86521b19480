package org.millrace.query;

import org.millrace.codec.Kind;
import org.millrace.codec.Span;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/**
 * Values of bipf records; a scanner has passed them before. Nested deeper than {@link
 * Raw#DEPTH_MAX}, and bytes, are undefined.
 */
final class Bipf implements Field.Values {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public Object of(Span span) {
        return span.kind() == Kind.OBJECT || span.kind() == Kind.ARRAY
                ? new Reading(span.block(), span.offset()).value(0)
                : Field.Values.simple(span);
    }

    private static final class Reading {
        private final MemorySegment block;
        private long at;

        Reading(MemorySegment block, long at) {
            this.block = block;
            this.at = at;
        }

        Object value(int depth) {
            int tag = varint();
            int length = tag >>> 3;
            long end = at + length;
            Object value =
                    switch (tag & 7) {
                        case 0 -> text(length);
                        case 2 -> (double) block.get(INT, at);
                        case 3 -> block.get(DOUBLE, at);
                        case 4 -> depth < Raw.DEPTH_MAX ? array(end, depth + 1) : null;
                        case 5 -> depth < Raw.DEPTH_MAX ? object(end, depth + 1) : null;
                        case 6 -> length == 0 ? Js.NULL : flag();
                        default -> null;
                    };
            at = end;
            return value;
        }

        private Object array(long end, int depth) {
            var array = new ArrayList<Object>();
            while (at < end) {
                array.add(value(depth));
            }
            return array;
        }

        private Object object(long end, int depth) {
            var object = new LinkedHashMap<String, Object>();
            while (at < end) {
                Object key = value(depth);
                object.put(Js.toText(key), value(depth));
            }
            return object;
        }

        private String text(int length) {
            var bytes = block.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(bytes, StandardCharsets.UTF_8);
        }

        private Object flag() {
            return switch (block.get(ValueLayout.JAVA_BYTE, at)) {
                case 0 -> Boolean.FALSE;
                case 1 -> Boolean.TRUE;
                default -> null;
            };
        }

        private int varint() {
            int value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = block.get(ValueLayout.JAVA_BYTE, at++);
                value |= (next & 0x7F) << shift;
                if (next >= 0) {
                    return value;
                }
            }
        }
    }
}
