package org.millrace.fuzz;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Base64;

/** What Jazzer found, one by one, and that a sound log is none of it. */
class FuzzedLogTest {
    @ParameterizedTest
    @EnumSource(FuzzedLog.Format.class)
    void aSoundLogKeepsItsPromises(FuzzedLog.Format format) {
        new FuzzedLog(format, FuzzedLog.sound(format, 0)).check();
    }

    /** Two bytes of damage, fewer than a trailer has, and then a sound record. */
    @Test
    void aRecordBehindAFewDamagedBytesIsServedByGetToo() {
        check(FuzzedLog.Format.OFFSET, "/wEIAAAAAAAAAAA=");
    }

    /** The canary: a log whose second opening finds other records. */
    @Test
    void aLogThatForgetsIsCaught() {
        var sound = FuzzedLog.sound(FuzzedLog.Format.OFFSET, 0);
        var fuzzed = new FuzzedLog(FuzzedLog.Format.OFFSET, sound);
        fuzzed.losesRecordsWhenOpenedAgain();
        assertThrows(AssertionError.class, fuzzed::check);
    }

    private static void check(FuzzedLog.Format format, String base64) {
        new FuzzedLog(format, Base64.getDecoder().decode(base64)).check();
    }
}
