package org.millrace.codec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes a tree as CBOR in one of the many ways that the format allows, at random. */
final class CborMaker {
    private final Random random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private CborMaker(Random random) {
        this.random = random;
    }

    static byte[] write(Object tree, Random random) {
        var maker = new CborMaker(random);
        maker.item(tree);
        return maker.out.toByteArray();
    }

    private void item(Object value) {
        if (chance(30)) {
            head(CborHead.TAG, List.of(0, 32, 55_799).get(random.nextInt(3)));
        }
        switch (value) {
            case Boolean flag -> out.write(flag ? 0xF5 : 0xF4);
            case Double number -> number(number);
            case String text -> text(text);
            case byte[] bytes -> {
                head(CborHead.BYTES, bytes.length);
                out.writeBytes(bytes);
            }
            case List<?> list -> {
                boolean open = open(CborHead.ARRAY, list.size());
                list.forEach(this::item);
                close(open);
            }
            case Map<?, ?> map -> map(map);
            default -> out.write(value == TreeOracle.UNDEFINED ? 0xF7 : 0xF6);
        }
    }

    private void map(Map<?, ?> map) {
        boolean open = chance(4);
        boolean opaque = chance(6);
        if (open) {
            out.write(0xBF);
        } else {
            head(CborHead.MAP, map.size() + (opaque ? 1 : 0));
        }
        if (opaque) {
            item(chance(2) ? List.of(1.0, List.of()) : (Object) 7.0);
            item(List.of("%hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q=.sha256", Map.of()));
        }
        map.forEach(
                (key, each) -> {
                    text((String) key);
                    item(each);
                });
        close(open);
    }

    private boolean open(int major, int size) {
        boolean open = chance(4);
        if (open) {
            out.write(major << 5 | 31);
        } else {
            head(major, size);
        }
        return open;
    }

    private void close(boolean open) {
        if (open) {
            out.write(0xFF);
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!chance(5)) {
            head(CborHead.TEXT, bytes.length);
            out.writeBytes(bytes);
            return;
        }
        out.write(0x7F);
        for (int from = 0; from < bytes.length; ) {
            int length = 1 + random.nextInt(bytes.length - from);
            head(CborHead.TEXT, length);
            out.write(bytes, from, length);
            from += length;
        }
        out.write(0xFF);
    }

    private void number(double number) {
        if (number == Math.rint(number) && Math.abs(number) < 0x1p53 && !chance(5)) {
            long value = (long) number;
            head(value < 0 ? CborHead.NEGATIVE : CborHead.UNSIGNED, value < 0 ? -1 - value : value);
        } else if ((float) number == number) {
            out.write(0xFA);
            out.writeBytes(ByteBuffer.allocate(4).putFloat((float) number).array());
        } else {
            out.write(0xFB);
            out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
        }
    }

    /** A head in the shortest form, or sometimes in a longer one. */
    private void head(int major, long argument) {
        int form = argument < 24 ? 0 : argument < 256 ? 1 : argument < 65_536 ? 2 : 3;
        form = argument > 0xFFFF_FFFFL ? 4 : form;
        if (chance(20)) {
            form = 4;
        }
        if (form == 0) {
            out.write(major << 5 | (int) argument);
            return;
        }
        out.write(major << 5 | 23 + form);
        int bytes = 1 << form - 1;
        for (int shift = bytes * 8 - 8; shift >= 0; shift -= 8) {
            out.write((int) (argument >>> shift));
        }
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }
}
