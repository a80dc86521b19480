package org.millrace.fault;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real ext4 file system in a file, whose power can be cut: EXT4_IOC_SHUTDOWN without a log flush
 * drops everything that was not synced, as pulling the plug does.
 *
 * <p>Needs Linux, root and loop mounts; elsewhere {@link #orSkip} skips the test by name. Who
 * writes must be a child process that dies before {@link #remount}, because open files keep it
 * mounted.
 */
public final class PowerCutDisk implements AutoCloseable {
    /** _IOR('X', 125, __u32). */
    private static final long EXT4_IOC_SHUTDOWN = 0x8004587DL;

    private static final int NO_LOG_FLUSH = 2;

    private final Path image;
    private final Path directory;
    private boolean mounted;

    private PowerCutDisk(Path image, Path directory) {
        this.image = image;
        this.directory = directory;
    }

    /** A fresh disk under {@code parent}, or a skipped test that says why. */
    public static PowerCutDisk orSkip(Path parent, int megabytes) throws IOException {
        Assumptions.assumeTrue(Mounts.isRoot(), "SKIPPED power cut: needs root for loop mounts");
        var disk = new PowerCutDisk(parent.resolve("disk.ext4"), parent.resolve("disk"));
        Files.createDirectories(disk.directory);
        try (var file = new RandomAccessFile(disk.image.toFile(), "rw")) {
            file.setLength((long) megabytes << 20);
        }
        Assumptions.assumeTrue(
                Mounts.run("mkfs.ext4", "-q", "-F", disk.image.toString()) == 0,
                "SKIPPED power cut: mkfs.ext4 is missing or fails");
        Assumptions.assumeTrue(disk.mount() == 0, "SKIPPED power cut: no loop mounts here");
        return disk;
    }

    /** Where the disk is mounted. */
    public Path directory() {
        return directory;
    }

    /**
     * Cuts the power beneath a writer, kills it, and starts the machine again.
     *
     * @return the last acknowledgement from before the cut: one behind it promises nothing, because
     *     an fdatasync that is under way meanwhile may return 0 and have lost the data (ext4 of
     *     Linux 6.18: 13 of 150 cuts with nothing but pwrite and fdatasync in a loop; where the
     *     power really fails, nobody is left to hear that 0)
     */
    public long cut(ChildWriter writer) {
        long last = writer.last();
        shutDown();
        writer.kill();
        remount();
        return last;
    }

    /** Every later write and sync fails, what was not synced is lost. */
    @SuppressWarnings("restricted") // the one ioctl that this class is about
    private void shutDown() {
        var linker = Linker.nativeLinker();
        var lookup = linker.defaultLookup();
        var open =
                linker.downcallHandle(
                        lookup.findOrThrow("open"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        var ioctl =
                linker.downcallHandle(
                        lookup.findOrThrow("ioctl"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS));
        var close =
                linker.downcallHandle(
                        lookup.findOrThrow("close"),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            int fd = (int) open.invokeExact(arena.allocateFrom(directory.toString()), 0);
            var flag = arena.allocateFrom(ValueLayout.JAVA_INT, NO_LOG_FLUSH);
            int result = (int) ioctl.invokeExact(fd, EXT4_IOC_SHUTDOWN, flag);
            int closed = (int) close.invokeExact(fd);
            if (fd < 0 || result != 0 || closed != 0) {
                throw new AssertionError("EXT4_IOC_SHUTDOWN failed on " + directory);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing", e);
        }
    }

    /** The next start of the machine: the journal is replayed. */
    private void remount() {
        unmount();
        if (mount() != 0) {
            throw new AssertionError("the disk cannot be mounted after the power cut: " + image);
        }
    }

    @Override
    public void close() {
        unmount();
    }

    private int mount() {
        int result = Mounts.run("mount", "-o", "loop", image.toString(), directory.toString());
        mounted = result == 0;
        return result;
    }

    private void unmount() {
        if (mounted) {
            Mounts.unmount(directory.toString());
        }
        mounted = false;
    }
}
