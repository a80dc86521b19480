package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.millrace.fault.Tier;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Fast path, general scanner and a Jackson tree walk must give one answer, on anything. */
class JsonDifferentialTest {
    private static final String ID = "hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q=";
    private static final String CANONICAL =
            "{'key':'%ID.sha256','value':{'previous':'%ID.sha256','author':'@ID.ed25519',"
                + "'sequence':12345,'timestamp':1438787025000,'hash':'sha256',"
                + "'content':CONTENT,'signature':'IDID.sig.ed25519'},'timestamp':1438787145000.5}";
    private static final List<String> CONTENTS =
            List.of(
                    "{'type':'vote','vote':{'link':'%ID.sha256','value':1,'link':null}}",
                    "{'type':'post','root':'%ID.sha256','mentions':[{'link':'@ID.ed25519'}]}",
                    "'of a private message: IDIDIDID.box'");

    /** What ends a string, makes it another one, or is none of one. */
    private static final byte[] OTHERS = {'"', '\\', 0, (byte) 0xC3};

    private static final List<String> INSERTED = List.of("\\n", "\u00e9", " ");

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

    /** Wherever the fast paths look at whole words, or expect an end, something else may stand. */
    @Test
    void messagesDamagedAtAnyByteReadAsJacksonReadsThem() {
        for (String content : CONTENTS) {
            byte[] record = message(content).getBytes(StandardCharsets.UTF_8);
            assertTrue(check(record) != null, content);
            for (int at = 0; at < record.length; at++) {
                check(Arrays.copyOf(record, at));
                for (byte other : OTHERS) {
                    byte[] damaged = record.clone();
                    damaged[at] = other;
                    check(damaged);
                }
                for (String more : INSERTED) {
                    check(inserted(record, at, more));
                }
            }
        }
    }

    private static String message(String content) {
        return CANONICAL.replace("CONTENT", content).replace('\'', '"').replace("ID", ID);
    }

    private static byte[] inserted(byte[] record, int at, String more) {
        var text = new String(record, StandardCharsets.UTF_8);
        return (text.substring(0, at) + more + text.substring(at)).getBytes(StandardCharsets.UTF_8);
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
