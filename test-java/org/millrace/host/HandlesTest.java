package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.ArrayList;

class HandlesTest {
    @Test
    void aHandleLeadsToItsThingUntilItIsRemoved() {
        long handle = Handles.add("thing");
        assertSame("thing", Handles.get(handle, String.class));
        Handles.remove(handle);
        assertIsNoHandle(handle);
        Handles.remove(handle);
    }

    @Test
    void aSlotIsUsedAgainAndANumberNever() {
        long first = Handles.add("first");
        Handles.remove(first);
        long second = Handles.add("second");
        assertNotEquals(first, second);
        assertEquals(first & 0xF_FFFF, second & 0xF_FFFF);
        assertIsNoHandle(first);
        Handles.remove(first); // must not touch the slot's new owner
        assertSame("second", Handles.get(second, String.class));
        Handles.remove(second);
    }

    @Test
    void aHandleOfAnotherTypeIsNone() {
        long handle = Handles.add("text");
        var thrown =
                assertThrows(MillraceException.class, () -> Handles.get(handle, Integer.class));
        assertEquals(ErrorCode.ERR_HANDLE, thrown.code());
        Handles.remove(handle);
    }

    @Test
    void numbersNobodyGaveOutAreNoHandles() {
        for (long handle : new long[] {0, -1, 1, 1L << 52, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertIsNoHandle(handle);
        }
    }

    @Test
    void thousandsAreOpenAtATime() {
        var handles = new ArrayList<Long>();
        for (int i = 0; i < 5000; i++) {
            handles.add(Handles.add(i));
        }
        for (int i = 0; i < 5000; i++) {
            assertEquals(i, Handles.get(handles.get(i), Integer.class));
        }
        handles.forEach(Handles::remove);
        handles.forEach(HandlesTest::assertIsNoHandle);
    }

    private static void assertIsNoHandle(long handle) {
        var thrown = assertThrows(MillraceException.class, () -> Handles.get(handle, Object.class));
        assertEquals(ErrorCode.ERR_HANDLE, thrown.code());
    }
}
