package org.millrace.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;

/**
 * Random numbers that nobody can guess, from the operating system: seeds of keyed hashes, salts.
 * What SecureRandom gives, without its providers, whose classes took a tenth of a first open.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Entropy {
    private Entropy() {}

    public static long nextLong() {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(ValueLayout.JAVA_LONG);
            int result = Libc.getentropy(bytes.address(), bytes.byteSize());
            return result == 0
                    ? bytes.get(ValueLayout.JAVA_LONG, 0)
                    : new SecureRandom().nextLong();
        }
    }
}
