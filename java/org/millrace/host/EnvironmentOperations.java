package org.millrace.host;

/** Cold operations about the host itself. */
final class EnvironmentOperations {
    private EnvironmentOperations() {}

    static void register() {
        Operations.add("java", EnvironmentOperations::java);
        Operations.add("release", EnvironmentOperations::release);
    }

    /** Which Java this is, and how much heap it uses. */
    private static Reply java(Request request) {
        request.done();
        var runtime = Runtime.getRuntime();
        return new Reply()
                .put("version", Runtime.version().toString())
                .put("home", System.getProperty("java.home"))
                .put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory())
                .put("heapMaxBytes", runtime.maxMemory());
    }

    /** Closes all that the environment has open: {@code mr_host}'s last call. */
    private static Reply release(Request request) {
        request.done();
        var failures = Environments.release(request.environment());
        // Nobody is left to hear it in JavaScript, and a lost drain must not be silent.
        failures.forEach(
                failure -> System.err.println("millrace: closing: " + Errors.text(failure)));
        return new Reply().put("failures", failures.size());
    }
}
