package org.millrace.host;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.View;
import org.millrace.view.ViewStore;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Views written in Java by others: named by their class, or handed over as objects that another
 * bridge in the process (npm {@code java}) has made.
 *
 * <p><b>Threads.</b> Any.
 */
public final class JavaViews {
    private static final Map<String, View> OFFERED = new ConcurrentHashMap<>();
    private static final AtomicLong TICKETS = new AtomicLong();

    private JavaViews() {}

    static void register() {
        Operations.add("view.openClass", JavaViews::openClass);
        Operations.add("view.openOffered", JavaViews::openOffered);
    }

    /**
     * Leaves an object for the next {@code view.openOffered}; called by the other bridge.
     *
     * @return what that call names it by
     */
    public static String offer(View view) {
        String ticket = Long.toString(TICKETS.incrementAndGet());
        OFFERED.put(ticket, view);
        return ticket;
    }

    /** {@code ticket}, and what {@link ViewOperations#mount} wants. */
    private static Reply openOffered(Request request) {
        var view = OFFERED.remove(request.text("ticket"));
        if (view == null) {
            throw Errors.argument("no view was offered under this ticket, or it is in use already");
        }
        return ViewOperations.mount(request, store -> view);
    }

    /**
     * {@code class}: a {@link View} with a public constructor of a {@link ViewStore} (then what it
     * keeps there is persistent) or of nothing; and what {@link ViewOperations#mount} wants.
     */
    private static Reply openClass(Request request) {
        var constructor = constructor(request.text("class"));
        return ViewOperations.mount(request, store -> create(constructor, store));
    }

    private static Constructor<? extends View> constructor(String name) {
        try {
            var type = Class.forName(name).asSubclass(View.class);
            for (var constructor : type.getConstructors()) {
                var wants = constructor.getParameterTypes();
                if (wants.length == 0 || wants.length == 1 && wants[0] == ViewStore.class) {
                    return type.getConstructor(wants);
                }
            }
            throw unusable(name, "it has no public constructor of a ViewStore or of nothing", null);
        } catch (ClassNotFoundException e) {
            throw unusable(
                    name, "it is not on the class path; name its jar in start({classpath})", e);
        } catch (ClassCastException e) {
            throw unusable(name, "it does not implement org.millrace.view.View", e);
        } catch (ReflectiveOperationException e) {
            throw unusable(name, e.toString(), e);
        }
    }

    private static View create(Constructor<? extends View> constructor, ViewStore store) {
        String name = constructor.getDeclaringClass().getName();
        try {
            return constructor.getParameterCount() == 0
                    ? constructor.newInstance()
                    : constructor.newInstance(store);
        } catch (InvocationTargetException e) {
            throw unusable(name, "its constructor threw " + e.getCause(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw unusable(name, e.toString(), e);
        }
    }

    private static MillraceException unusable(String name, String why, Throwable cause) {
        return new MillraceException(
                ErrorCode.ERR_VIEW_UNKNOWN, "view class " + name + ": " + why, cause);
    }
}
