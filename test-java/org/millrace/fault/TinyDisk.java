package org.millrace.fault;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A tmpfs of a few kilobytes, to be filled up. Needs root; elsewhere the test is skipped by name.
 */
public final class TinyDisk implements AutoCloseable {
    private final Path directory;

    private TinyDisk(Path directory) {
        this.directory = directory;
    }

    /** A fresh disk under {@code parent}, or a skipped test that says why. */
    public static TinyDisk orSkip(Path parent, int kilobytes) throws IOException {
        Assumptions.assumeTrue(Mounts.isRoot(), "SKIPPED full disk: needs root to mount a tmpfs");
        var directory = Files.createDirectories(parent.resolve("tiny"));
        int mounted =
                Mounts.run(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=" + kilobytes + "k",
                        "tmpfs",
                        directory.toString());
        Assumptions.assumeTrue(mounted == 0, "SKIPPED full disk: no mounts here");
        return new TinyDisk(directory);
    }

    /** Where the disk is mounted. */
    public Path directory() {
        return directory;
    }

    @Override
    public void close() {
        Mounts.unmount(directory.toString());
    }
}
