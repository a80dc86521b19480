package org.millrace.log;

import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** A storage whose files answer one method otherwise, or tell of their reads. */
public final class StorageProxy {
    private StorageProxy() {}

    /** Files whose method of that name does nothing and answers {@code answer}. */
    public static Storage answering(Storage storage, String name, Object answer) {
        return overFiles(
                storage,
                (file, method, arguments) ->
                        method.getName().equals(name) ? answer : call(file, method, arguments));
    }

    /** Files that tell how many bytes each read asks for. */
    public static Storage countingReads(Storage storage, Consumer<Long> bytesRead) {
        return overFiles(
                storage,
                (file, method, arguments) -> {
                    if (method.getName().equals("read")) {
                        bytesRead.accept(((MemorySegment) arguments[1]).byteSize());
                    }
                    return call(file, method, arguments);
                });
    }

    /** The planted bug: files whose writes and syncs say nothing of their failures. */
    public static Storage overlookingErrors(Storage storage) {
        return overFiles(
                storage,
                (file, method, arguments) -> {
                    try {
                        return call(file, method, arguments);
                    } catch (MillraceException e) {
                        if (method.getReturnType() == void.class && !isRead(method)) {
                            return null;
                        }
                        throw e;
                    }
                });
    }

    private static boolean isRead(Method method) {
        return method.getName().equals("read");
    }

    private interface Answer {
        Object to(StoredFile file, Method method, Object[] arguments) throws Throwable;
    }

    private static Storage overFiles(Storage storage, Answer answer) {
        return proxy(
                Storage.class,
                (_, method, arguments) -> {
                    var result = call(storage, method, arguments);
                    return result instanceof StoredFile file
                            ? proxy(StoredFile.class, (_, m, a) -> answer.to(file, m, a))
                            : result;
                });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
