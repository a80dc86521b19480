package org.millrace.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The environments of the process by the address of their {@code mr_host}. */
final class Environments {
    private static final Map<Long, Environment> ALL = new ConcurrentHashMap<>();

    private Environments() {}

    /** The environment of a host, made at its first call; null for host 0, the whole process. */
    static Environment of(long host) {
        return host == 0 ? null : ALL.computeIfAbsent(host, Environment::new);
    }

    /** Releases one environment, or all of them for null. */
    static List<Throwable> release(Environment environment) {
        var failures = new ArrayList<Throwable>();
        for (var entry : ALL.entrySet()) {
            if (environment == null || entry.getValue() == environment) {
                failures.addAll(entry.getValue().release());
                ALL.remove(entry.getKey());
            }
        }
        return failures;
    }
}
