package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The bipf scanner must find what a recursive decoder, written from the format's page, finds. */
class BipfDifferentialTest {
    private final Scanner scanner = Encoding.BIPF.scanner();

    @Test
    void madeUpAndDamagedRecordsReadAsTheDecoderReadsThem() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        var records = new ArrayList<byte[]>();
        for (byte[] json : Samples.messages()) {
            records.add(encode(JacksonOracle.tree(json)));
        }
        while (records.size() < 2000) {
            String json = new JsonMaker(random).record();
            Object tree = JacksonOracle.tree(json.getBytes(StandardCharsets.UTF_8));
            if (tree != null) {
                records.add(encode(tree));
            }
        }
        records.forEach(this::check);
        int wellFormed = 0;
        for (int i = 0; i < 30_000; i++) {
            wellFormed += check(Samples.damage(records, random)) ? 1 : 0;
        }
        assertTrue(wellFormed > 1000, wellFormed + " survived, seed " + seed);
    }

    @Test
    void lengthsThatLeaveTheirContainerAreNoMessages() {
        // Object of 3 bytes that holds a key of 7; array whose string is longer than it; varints.
        for (String hex :
                List.of(
                        "",
                        "1d3861",
                        "0c1061",
                        "08",
                        "ffffffffff7f",
                        "ffffffffffffffffff01",
                        "0e03",
                        "1600",
                        "1e000102",
                        "12000000",
                        "3b00000000000000",
                        "07",
                        "0f00",
                        "0000",
                        "0d00",
                        "1522",
                        "0d06")) {
            assertNull(Found.scan(scanner, HexFormat.of().parseHex(hex), 1, 40), hex);
        }
    }

    @Test
    void deepRecordsNeverOverflowTheStack() {
        byte[] record = encode(1.0);
        for (int depth = 0; depth < 20_000; depth++) {
            record = wrap(record);
        }
        assertTrue(Found.scan(scanner, record, 0, 0) != null);
    }

    private boolean check(byte[] record) {
        List<String> expected = null;
        try {
            var in = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
            Object tree = decode(in);
            expected = in.hasRemaining() ? null : TreeOracle.lines(tree);
        } catch (IllegalStateException | BufferUnderflowException e) {
            // Ill-formed: nothing is expected.
        }
        assertEquals(
                expected,
                Found.scan(scanner, record, 1, 0),
                () -> HexFormat.of().formatHex(record));
        return expected != null;
    }

    private static Object decode(ByteBuffer in) {
        long tag = 0;
        int shift = 0;
        int octet;
        do {
            octet = in.get();
            tag |= (long) (octet & 0x7F) << shift;
            shift += 7;
        } while (octet < 0 && shift < 35);
        if (octet < 0 || tag >>> 3 > in.remaining()) {
            throw new IllegalStateException("length");
        }
        int length = (int) (tag >>> 3);
        var part = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        Object value = value((int) tag & 7, part, length);
        if (part.hasRemaining()) {
            throw new IllegalStateException("rest");
        }
        return value;
    }

    private static Object value(int type, ByteBuffer part, int length) {
        switch (type) {
            case 0, 1 -> {
                byte[] bytes = new byte[length];
                part.get(bytes);
                return type == 1 ? bytes : Samples.text(bytes);
            }
            case 2 -> {
                return (double) part.getInt();
            }
            case 3 -> {
                return part.getDouble();
            }
            case 4 -> {
                var list = new ArrayList<Object>();
                while (part.hasRemaining()) {
                    list.add(decode(part));
                }
                return list;
            }
            case 5 -> {
                var map = new LinkedHashMap<String, Object>();
                while (part.hasRemaining()) {
                    if (!(decode(part) instanceof String key)) {
                        throw new IllegalStateException("key");
                    }
                    map.put(key, decode(part));
                }
                return map;
            }
            case 6 -> {
                int octet = length == 0 ? 3 : part.get();
                if (octet < 0 || octet > 3 || octet == 3 && length == 1) {
                    throw new IllegalStateException("boolnull");
                }
                return List.of(false, true, TreeOracle.UNDEFINED, TreeOracle.NULL).get(octet);
            }
            default -> throw new IllegalStateException("type");
        }
    }

    private static byte[] encode(Object value) {
        return switch (value) {
            case String text -> tagged(0, text.getBytes(StandardCharsets.UTF_8));
            case Double number when number == number.intValue() ->
                    tagged(2, little(4).putInt(number.intValue()).array());
            case Double number -> tagged(3, little(8).putDouble(number).array());
            case Boolean flag -> tagged(6, new byte[] {(byte) (flag ? 1 : 0)});
            case List<?> list -> {
                var out = new ByteArrayOutputStream();
                list.forEach(each -> out.writeBytes(encode(each)));
                yield tagged(4, out.toByteArray());
            }
            case Map<?, ?> map -> {
                var out = new ByteArrayOutputStream();
                map.forEach(
                        (key, each) -> {
                            out.writeBytes(encode(key));
                            out.writeBytes(encode(each));
                        });
                yield tagged(5, out.toByteArray());
            }
            default -> tagged(6, new byte[0]);
        };
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] wrap(byte[] record) {
        return tagged(4, record);
    }

    private static byte[] tagged(int type, byte[] bytes) {
        var out = new ByteArrayOutputStream();
        long tag = (long) bytes.length << 3 | type;
        for (; tag >= 0x80; tag >>>= 7) {
            out.write((int) tag | 0x80);
        }
        out.write((int) tag);
        out.writeBytes(bytes);
        return out.toByteArray();
    }
}
