package org.millrace.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import org.millrace.log.maintenance.WorkProgress;

import java.io.PrintStream;

/**
 * A progress bar on stderr while a command works, if a person is watching: only on a terminal, only
 * when it takes longer than a moment.
 *
 * <p><b>Threads.</b> One; the bar draws on its own daemon thread.
 */
final class ProgressLine implements WorkProgress, AutoCloseable {
    private static final long QUIET_MS = 500;
    private static final int REDRAW_MS = 200;
    private static final int COLUMNS = 78;
    private static final long MIB = 1 << 20;

    private final String task;
    private final boolean isWatched;
    private final long startedMs = System.currentTimeMillis();
    private ProgressBar bar;

    ProgressLine(String task) {
        this.task = task;
        var console = System.console();
        this.isWatched = console != null && console.isTerminal();
    }

    @Override
    public void at(long done, long total) {
        if (!isWatched) {
            return;
        }
        if (bar == null) {
            if (System.currentTimeMillis() - startedMs < QUIET_MS) {
                return;
            }
            bar = open();
        }
        bar.maxHint(Math.max(done, total));
        bar.stepTo(done);
    }

    private ProgressBar open() {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setStyle(ProgressBarStyle.ASCII)
                .setUnit(" MiB", MIB)
                .showSpeed()
                .setUpdateIntervalMillis(REDRAW_MS)
                .setConsumer(new ConsoleProgressBarConsumer(new PrintStream(System.err), COLUMNS))
                .build();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
