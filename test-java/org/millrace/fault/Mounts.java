package org.millrace.fault;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the programs that make and mount a disk for a test. */
final class Mounts {
    private Mounts() {}

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Exit status; -1 when there is no such program or it hangs. */
    static int run(String... command) {
        try {
            var process =
                    new ProcessBuilder(List.of(command))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(300, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException _) {
            return -1;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted in " + command[0], e);
        }
    }

    /** Fails when something still has a file open there. */
    static void unmount(String directory) {
        if (run("umount", directory) != 0) {
            throw new AssertionError("the disk is still in use: " + directory);
        }
    }
}
