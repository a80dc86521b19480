package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import co.nstant.in.cbor.model.AbstractFloat;
import co.nstant.in.cbor.model.Array;
import co.nstant.in.cbor.model.ByteString;
import co.nstant.in.cbor.model.DataItem;
import co.nstant.in.cbor.model.DoublePrecisionFloat;
import co.nstant.in.cbor.model.Map;
import co.nstant.in.cbor.model.SimpleValue;
import co.nstant.in.cbor.model.UnicodeString;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;

/** The CBOR scanner must find what a walk over cbor-java's items finds. */
class CborDifferentialTest {
    private final Scanner scanner = Encoding.CBOR.scanner();

    @Test
    void realAndMadeUpMessagesReadAsCborJavaReadsThem() {
        var random = new Random(Tier.seed(this));
        for (byte[] json : Samples.messages()) {
            check(CborMaker.write(JacksonOracle.tree(json), random));
        }
        for (byte[] record : madeUp(random, 10_000)) {
            check(record);
        }
    }

    @Test
    void damagedRecordsReadAsCborJavaReadsThemOrAreNone() {
        var random = new Random(Tier.seed(this));
        List<byte[]> samples = madeUp(random, 500);
        int wellFormed = 0;
        for (int i = 0; i < 30_000; i++) {
            byte[] record = Samples.damage(samples, random);
            var found = Found.scan(scanner, record, 2, i % 9);
            // cbor-java decodes text as Java does.
            if (found != null && !Samples.hasSurrogate(record)) {
                assertEquals(oracle(record), found, () -> HexFormat.of().formatHex(record));
                wellFormed++;
            }
        }
        assertTrue(wellFormed > 1000, wellFormed + " survived their damage");
    }

    @Test
    void examplesOfTheStandardAreNumbers() {
        for (String line :
                List.of(
                        "00 0",
                        "17 23",
                        "1818 24",
                        "1b000000e8d4a51000 1e12",
                        "1bffffffffffffffff 18446744073709551615",
                        "3bffffffffffffffff -18446744073709551616",
                        "20 -1",
                        "3903e7 -1000",
                        "f90001 5.960464477539063e-8",
                        "f97bff 65504",
                        "f9c400 -4",
                        "fa7f7fffff 3.4028234663852886e+38",
                        "fbc010666666666666 -4.1",
                        "f97c00 Infinity",
                        "c11a514b67b0 1363896240")) {
            String[] columns = line.split(" ");
            byte[] number = HexFormat.of().parseHex(columns[0]);
            byte[] record = HexFormat.of().parseHex("a16974696d657374616d70" + columns[0]);
            assertEquals(12 - 1 + number.length, record.length);
            String expected = Found.number(Double.parseDouble(columns[1]));
            assertTrue(
                    Found.scan(scanner, record, 0, 0).contains("timestamp NUMBER " + expected),
                    line);
        }
    }

    @Test
    void illFormedItemsAreNoMessages() {
        for (String hex :
                List.of(
                        "",
                        "18",
                        "1c",
                        "1f",
                        "61",
                        "7f",
                        "7f00ff",
                        "7f7f6161ffff",
                        "5f6161ff",
                        "81",
                        "9f",
                        "a1",
                        "a10",
                        "bf00ff",
                        "bf01",
                        "ff",
                        "82ff00",
                        "f814",
                        "fc",
                        "c0",
                        "df",
                        "0000",
                        "9bffffffffffffffff",
                        "bb7fffffffffffffff",
                        "7b7fffffffffffffff",
                        "bfff00",
                        "a1bf00ff00",
                        "9fc0ff",
                        "a19fc0ff00")) {
            byte[] record = HexFormat.of().parseHex(hex.length() % 2 == 0 ? hex : hex + "0");
            assertEquals(null, Found.scan(scanner, record, 0, 0), hex);
            assertEquals(null, Found.scan(scanner, record, 1, 20), hex);
        }
    }

    @Test
    void deepRecordsNeverOverflowTheStack() {
        for (int depth : new int[] {256, 257, 300, 60_000, 70_000}) {
            byte[] record =
                    "\u0081".repeat(depth).concat("\u0000").getBytes(StandardCharsets.ISO_8859_1);
            // One level more than LEVELS_MAX below the first 256 is refused.
            assertEquals(
                    depth <= 65_536 + 256, Found.scan(scanner, record, 0, 0) != null, "" + depth);
            if (depth > Scanner.DEPTH_MAX) {
                var refused =
                        assertThrows(
                                MillraceException.class,
                                () -> CborCodec.decode(MemorySegment.ofArray(record)));
                assertEquals(ErrorCode.ERR_LOG_FORMAT, refused.code());
            }
        }
    }

    @Test
    void codecGivesBackWhatItWrote() {
        var item = new Map();
        item.put(new UnicodeString("type"), new UnicodeString("post"));
        item.put(new UnicodeString("n"), new DoublePrecisionFloat(0.5));
        byte[] record = CborCodec.encode(item);
        assertEquals(item, CborCodec.decode(MemorySegment.ofArray(record)));
    }

    /** Tag 38 promises a pair of texts, tag 30 a pair of numbers: what stands there is read. */
    @Test
    void tagsThatLieAreReadAllTheSame() {
        for (String hex : List.of("d82605", "d82661" + "61", "d81e05", "d81e820102")) {
            byte[] record = HexFormat.of().parseHex(hex);
            assertNotNull(Found.scan(scanner, record, 0, 0), hex);
            var item = CborCodec.decode(MemorySegment.ofArray(record));
            assertArrayEquals(record, CborCodec.encode(item), hex);
        }
    }

    @Test
    void whatOneRecordTagsIsNotTaggedInTheNext() {
        for (String hex : List.of("c1f6", "f6", "d9d9f7f5", "f5", "82c1f4f4", "c1c2f7", "f7")) {
            byte[] record = HexFormat.of().parseHex(hex);
            var item = CborCodec.decode(MemorySegment.ofArray(record));
            assertArrayEquals(record, CborCodec.encode(item), hex);
        }
    }

    private static List<byte[]> madeUp(Random random, int count) {
        var records = new ArrayList<byte[]>();
        while (records.size() < count) {
            String json = new JsonMaker(random).record();
            Object tree = JacksonOracle.tree(json.getBytes(StandardCharsets.UTF_8));
            if (tree != null) {
                records.add(CborMaker.write(tree, random));
            }
        }
        return records;
    }

    private void check(byte[] record) {
        var expected = oracle(record);
        assertFalse(expected.isEmpty());
        assertEquals(
                expected,
                Found.scan(scanner, record, 3, 5),
                () -> HexFormat.of().formatHex(record));
        assertEquals(
                expected,
                Found.scan(scanner, record, 0, 0),
                () -> HexFormat.of().formatHex(record));
    }

    private static List<String> oracle(byte[] record) {
        return TreeOracle.lines(value(CborCodec.decode(MemorySegment.ofArray(record))));
    }

    private static Object value(DataItem item) {
        return switch (item) {
            case UnicodeString text -> text.getString();
            case ByteString bytes -> bytes.getBytes();
            case co.nstant.in.cbor.model.Number number -> number.getValue().doubleValue();
            case DoublePrecisionFloat number -> number.getValue();
            case AbstractFloat number -> (double) number.getValue();
            case SimpleValue simple -> simple(simple);
            case Array array -> {
                var list = new ArrayList<Object>();
                for (DataItem each : array.getDataItems()) {
                    if (each != co.nstant.in.cbor.model.Special.BREAK) {
                        list.add(value(each));
                    }
                }
                yield list;
            }
            case Map map -> {
                var tree = new LinkedHashMap<String, Object>();
                for (DataItem key : map.getKeys()) {
                    if (key instanceof UnicodeString name) {
                        tree.put(name.getString(), value(map.get(key)));
                    }
                }
                yield tree;
            }
            default -> TreeOracle.UNDEFINED;
        };
    }

    private static Object simple(SimpleValue value) {
        return switch (value.getValue()) {
            case 20 -> false;
            case 21 -> true;
            case 22 -> TreeOracle.NULL;
            default -> TreeOracle.UNDEFINED;
        };
    }
}
