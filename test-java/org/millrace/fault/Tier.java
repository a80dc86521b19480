package org.millrace.fault;

import java.util.Random;

/**
 * How much a random or repeated test does, and from which seed: the quick tier of {@code mvn
 * verify}, or the long one of {@code -Plong}. test-js/random.js and tier.js are the same of
 * JavaScript.
 */
public final class Tier {
    private static final boolean IS_LONG = "long".equals(System.getProperty("millrace.tier"));

    /**
     * The quick tier's one seed. It judges a change: with the same seed as yesterday a red build is
     * the change's doing and never luck. Looking for new cases is the long tier's work, which draws
     * a seed each time.
     */
    private static final String FIXED_SEED = "271828183";

    private Tier() {}

    /**
     * @param name the system property that sets it and wins over both: {@code -Dmillrace.kills=5}
     */
    public static int count(String name, int quick, int full) {
        return Integer.getInteger(name, IS_LONG ? full : quick);
    }

    /**
     * The seed of a random test, printed. {@code -Dmillrace.seed=N}, or MILLRACE_SEED in the
     * environment, sets it in both tiers; {@code random} as its value draws one.
     */
    public static long seed(Object test) {
        return seed(test.getClass().getSimpleName());
    }

    /**
     * @param what stands before the printed seed: which test, which case of it
     */
    public static long seed(String what) {
        var asked = System.getProperty("millrace.seed", System.getenv("MILLRACE_SEED"));
        if (asked == null || asked.isEmpty()) {
            asked = IS_LONG ? "random" : FIXED_SEED;
        }
        long seed = asked.equals("random") ? new Random().nextLong() : Long.parseLong(asked);
        System.out.println(what + " -Dmillrace.seed=" + seed);
        return seed;
    }
}
