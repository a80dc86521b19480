package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Fast path, general scanner and a Jackson tree walk must give one answer, on anything. */
class JsonDifferentialTest {
    private final Scanner canonical = new JsonScanner(true);
    private final Scanner general = new JsonScanner(false);

    @Test
    void realMessagesReadAsJacksonReadsThem() {
        for (byte[] record : Samples.messages()) {
            assertTrue(check(record) != null, "a real message is well-formed");
        }
    }

    @Test
    void madeUpMessagesReadAsJacksonReadsThem() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        int wellFormed = 0;
        for (int i = 0; i < 40_000; i++) {
            byte[] record = new JsonMaker(random).record().getBytes(StandardCharsets.UTF_8);
            wellFormed += check(record) == null ? 0 : 1;
        }
        assertTrue(wellFormed > 30_000, wellFormed + " of 40,000 well-formed, seed " + seed);
    }

    @Test
    void damagedMessagesReadAsJacksonReadsThem() {
        var random = new Random(Tier.seed(this));
        List<byte[]> samples = new ArrayList<>(Samples.messages());
        for (int i = 0; i < 100; i++) {
            samples.add(new JsonMaker(random).record().getBytes(StandardCharsets.UTF_8));
        }
        for (int i = 0; i < 40_000; i++) {
            check(Samples.damage(samples, random));
        }
    }

    private List<String> check(byte[] record) {
        List<String> expected = JacksonOracle.lines(record);
        if (expected == JacksonOracle.CANNOT_SAY) {
            assertEquals(Found.scan(general, record, 3, 11), Found.scan(canonical, record, 5, 0));
            return expected;
        }
        String text = new String(record, StandardCharsets.UTF_8);
        assertEquals(expected, Found.scan(general, record, 3, 11), () -> "general: " + text);
        assertEquals(expected, Found.scan(general, record, 0, 0), () -> "at the end: " + text);
        assertEquals(expected, Found.scan(canonical, record, 5, 0), () -> "canonical: " + text);
        return expected;
    }
}
