package org.millrace.fault;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A JVM of its own that appends and acknowledges, to be killed in the middle: the parent hears each
 * acknowledgement through a pipe, which the kernel keeps after the kill.
 *
 * <p>The child's class has a {@code main} that calls {@link #acknowledgements} and, for every
 * record that is safe by its log's level, {@link Acknowledgements#acknowledge}.
 *
 * <p><b>Threads.</b> One at a time, besides its own reader.
 */
public final class ChildWriter implements AutoCloseable {
    private static final long WAIT_SECONDS = 300; // a hang, not a slow machine

    private final Process process;
    private final Thread reader;
    private volatile long last = -1;
    private volatile long count;

    private ChildWriter(Process process) {
        this.process = process;
        this.reader = Thread.ofPlatform().daemon().start(this::readAcknowledgements);
    }

    /** Starts {@code main} in a child that dies with its parent. */
    public static ChildWriter start(Class<?> main, String... args) {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx64m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        command.addAll(List.of(args));
        try {
            var builder = new ProcessBuilder(command);
            return new ChildWriter(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Child side: where it acknowledges. Ends the child when the parent is gone. */
    public static Acknowledgements acknowledgements() {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                System.in.read();
                            } catch (IOException _) {
                                // the parent is gone: the same as its end of file
                            }
                            Runtime.getRuntime().halt(3);
                        });
        return new Acknowledgements();
    }

    /** Eight bytes down the pipe for each acknowledgement, unbuffered. One thread at a time. */
    public static final class Acknowledgements {
        private final FileOutputStream pipe = new FileOutputStream(FileDescriptor.out);
        private final ByteBuffer number = ByteBuffer.allocate(8);

        private Acknowledgements() {}

        /** Everything up to {@code seq} is safe. */
        public void acknowledge(long seq) {
            try {
                pipe.write(number.putLong(0, seq).array());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Waits until the child has acknowledged {@code many} times. */
    public void await(long many) {
        await(() -> count >= many, many + " acknowledgements");
    }

    /** Waits until the child has acknowledged a sequence as high as this. */
    public void awaitNumber(long seq) {
        await(() -> last >= seq, "the acknowledgement of " + seq);
    }

    private void await(BooleanSupplier isReached, String what) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!isReached.getAsBoolean()) {
            boolean isAlive = process.isAlive();
            if (!isAlive) {
                join(); // what stands in the pipe counts
            }
            if ((!isAlive || System.nanoTime() > deadline) && !isReached.getAsBoolean()) {
                throw new AssertionError(
                        String.format(
                                "waiting for %s: the child made %d, the last %d, and %s",
                                what, count, last, isAlive ? "hangs" : "ended by itself"));
            }
            pause();
        }
    }

    /** Kill -9; returns the last acknowledgement that got out, -1 for none. */
    public long kill() {
        // Not Process.destroyForcibly, which also closes the pipe with what stands in it.
        process.toHandle().destroyForcibly();
        try {
            if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("child survives kill -9");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the child", e);
        }
        join();
        return last;
    }

    private void join() {
        try {
            reader.join();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the child", e);
        }
    }

    /** The last acknowledgement heard so far, -1 for none. */
    public long last() {
        return last;
    }

    /** How many acknowledgements were heard. */
    public long count() {
        return count;
    }

    @Override
    public void close() {
        kill();
    }

    private void readAcknowledgements() {
        try (var in = new DataInputStream(process.getInputStream())) {
            for (long heard = 1; ; heard++) {
                last = in.readLong();
                count = heard;
            }
        } catch (EOFException _) {
            // a killed child ends here, perhaps within a number: that one was not acknowledged
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the child", e);
        }
    }
}
