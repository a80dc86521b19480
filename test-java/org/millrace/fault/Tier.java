package org.millrace.fault;

import java.util.Random;

/**
 * How much a random or repeated test does: the quick tier of {@code mvn verify}, or the long one of
 * {@code -Plong}; a system property of the count's own name wins over both.
 */
public final class Tier {
    private static final boolean IS_LONG = "long".equals(System.getProperty("millrace.tier"));

    private Tier() {}

    /**
     * @param name the system property that sets it: {@code -Dmillrace.kills=5}
     */
    public static int count(String name, int quick, int full) {
        return Integer.getInteger(name, IS_LONG ? full : quick);
    }

    /** The seed of a random test, printed; {@code -Dmillrace.seed=N} takes it back. */
    public static long seed(Object test) {
        long seed = Long.getLong("millrace.seed", new Random().nextLong());
        System.out.println(test.getClass().getSimpleName() + " -Dmillrace.seed=" + seed);
        return seed;
    }
}
