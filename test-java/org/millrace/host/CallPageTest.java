package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.millrace.host.abi.millrace_h;
import org.millrace.host.abi.mr_boot;
import org.millrace.host.abi.mr_call;
import org.millrace.host.abi.mr_host;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Locale;

/** The hand-written constants of the boundary against the generated ones. */
class CallPageTest {
    @Test
    void everyConstantIsTheHeaders() throws Exception {
        var constants =
                Arrays.stream(CallPage.class.getDeclaredFields())
                        .filter(field -> Modifier.isFinal(field.getModifiers()))
                        .filter(field -> field.getType().isPrimitive())
                        .toList();
        for (Field field : constants) {
            assertEquals(generated(field.getName()), field.getLong(null), field.getName());
        }
        assertEquals(13 + 1 + 10 + 4, constants.size(), "fields, size, operations, flags");
    }

    @Test
    void theOtherStructsAreWhereHostAndEnvironmentLookForThem() {
        assertEquals(0, mr_boot.abi_version$offset());
        assertEquals(8, mr_boot.dispatch$offset());
        assertEquals(16, mr_boot.sizeof());
        assertEquals(0, mr_host.context$offset());
        assertEquals(8, mr_host.wake$offset());
        assertEquals(16, mr_host.sizeof());
        assertEquals(Host.ABI_VERSION, millrace_h.MR_ABI_VERSION());
    }

    private static long generated(String name) throws ReflectiveOperationException {
        if (name.startsWith("OP_") || name.startsWith("FLAG_")) {
            return (int) millrace_h.class.getMethod("MR_" + name).invoke(null);
        }
        if (name.equals("BYTES")) {
            return mr_call.sizeof();
        }
        var offset = mr_call.class.getMethod(name.toLowerCase(Locale.ROOT) + "$offset");
        return (long) offset.invoke(null);
    }
}
