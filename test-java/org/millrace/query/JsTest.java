package org.millrace.query;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JavaScript's conversions; every expectation is what Node 20 says. */
class JsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, 0",
        "1.5, 1.5",
        "100, 100",
        "1e21, 1e+21",
        "123456789012345680000, 123456789012345680000",
        "1e-6, 0.000001",
        "1e-7, 1e-7",
        "1.25e-9, 1.25e-9",
        "-1.5e300, -1.5e+300",
        "0.1, 0.1"
    })
    void numbersAsText(double number, String text) {
        assertEquals(text, Js.text(number));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|0",
                "' 12 '|12",
                "'0x1f'|31",
                "'1e3'|1000",
                "'.5'|0.5",
                "'5.'|5",
                "'abc'|NaN",
                "'1 2'|NaN",
                "'-Infinity'|-Infinity",
                "'1d'|NaN"
            })
    void textAsNumber(String text, double number) {
        assertEquals(number, Js.toNumber(text));
    }

    @Test
    void comparisons() {
        assertEquals(true, Js.isLess("10", "9"));
        assertEquals(false, Js.isLess("10", 9.0));
        assertEquals(true, Js.isLess(Js.NULL, 1.0));
        assertEquals(false, Js.isLess(null, 1.0));
        assertEquals(false, Js.isLessOrSame(null, null));
        assertEquals(true, Js.isLess(new Raw("[5]"), 6.0));
        assertEquals(true, Js.isLess(new Raw("{}"), "a"));
        assertEquals(false, Js.same(new Raw("[]"), new Raw("[]")));
        assertEquals(true, Js.same(0.0, -0.0));
    }

    @Test
    void members() {
        assertEquals(3.0, Js.get(new Raw("[1,2,3]"), "length"));
        assertEquals("b", Js.get("abc", "1"));
        assertEquals(null, Js.get("abc", "3"));
        assertEquals(Js.NULL, Js.get(new Raw("{\"a\":null}"), "a"));
    }
}
