package org.millrace.cli;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.codec.Scanner;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Prints records as JSON, one a line: a record that is JSON as the bytes it is, any other as {@code
 * {"base64": "…"}}; with its sequence as {@code {"seq": n, "value": …}}.
 *
 * <p><b>Threads.</b> One.
 */
final class RecordPrinter implements AutoCloseable {
    private final Scanner scanner = Encoding.JSON.scanner();
    private final Message message = new Message();
    private final PrintStream standardOutput = System.out;
    private final OutputStream out = new BufferedOutputStream(standardOutput, 1 << 16);
    private final boolean withSeqs;

    RecordPrinter(boolean withSeqs) {
        this.withSeqs = withSeqs;
    }

    /**
     * @throws UncheckedIOException nobody reads on (`| head`)
     */
    void print(long seq, MemorySegment record) {
        try {
            if (withSeqs) {
                write("{\"seq\":" + seq + ",\"value\":");
            }
            printValue(record);
            write(withSeqs ? "}\n" : "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        check();
    }

    /** A print stream does not throw. */
    private void check() {
        if (standardOutput.checkError()) {
            throw new UncheckedIOException(new IOException("standard output is closed"));
        }
    }

    private void printValue(MemorySegment record) throws IOException {
        var bytes = record.toArray(ValueLayout.JAVA_BYTE);
        if (scanner.scan(MemorySegment.ofArray(bytes), 0, bytes.length, message)) {
            // A raw line break in JSON is white space; on one line it must be another one.
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = bytes[i] == '\n' || bytes[i] == '\r' ? (byte) ' ' : bytes[i];
            }
            out.write(bytes);
        } else {
            write("{\"base64\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"}");
        }
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        flush();
    }
}
