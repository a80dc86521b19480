package org.millrace.host;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The few Java threads that wait for disks so that host threads need not.
 *
 * <p><b>Limits.</b> {@value #THREADS} threads, ended when idle. The queue is bounded by the number
 * of open handles: a cursor has one task in it at most, a log one of each kind. Daemons: they keep
 * no process alive. Never interrupted: an interrupt would close the channel under them.
 */
final class Background {
    private static final int THREADS = 4;
    private static final long IDLE_SECONDS = 5;

    private static final ThreadPoolExecutor POOL = pool();

    private Background() {}

    static void run(Runnable task) {
        POOL.execute(task);
    }

    private static ThreadPoolExecutor pool() {
        var pool =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Background::thread);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** No ThreadFactory of a builder's: making the first takes the first reader's host 5 ms. */
    private static Thread thread(Runnable work) {
        var thread = new Thread(work, "millrace background");
        thread.setDaemon(true);
        return thread;
    }
}
