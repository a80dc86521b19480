package org.millrace.host;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The cold operations by name. A subject adds its own by {@link #add}, from one line in {@code
 * static}; nothing else knows the list.
 */
public final class Operations {
    /** One cold operation: reads its options, calls {@link Request#done}, answers. */
    @FunctionalInterface
    public interface Operation {
        Reply run(Request request);
    }

    private static final Map<String, Operation> BY_NAME = new ConcurrentHashMap<>();

    static {
        EnvironmentOperations.register();
        LogOperations.register();
        HostTask.register();
        LongOperations.register();
        ViewOperations.register();
        JavaViews.register();
        QueryOperations.register();
        ScriptViews.register();
        HostKeysView.register();
    }

    private Operations() {}

    public static void add(String name, Operation operation) {
        BY_NAME.put(name, operation);
    }

    static Reply run(Request request) {
        var operation = BY_NAME.get(request.name());
        if (operation == null) {
            throw Errors.argument("no operation '" + request.name() + "'");
        }
        return operation.run(request);
    }
}
