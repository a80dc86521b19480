package org.millrace.cli;

import org.millrace.log.Durability;
import org.millrace.log.Log;
import org.millrace.log.files.LogFiles;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;

/** `append PATH [RECORD]`. */
@Command(
        name = "append",
        description =
                "Appends a record, or all of standard input as one, or each of its lines as one;"
                        + " prints the last sequence once it is durable.")
final class AppendCommand extends LogCommand {
    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "RECORD",
            description = "The record's bytes as text. Default: standard input.")
    String record;

    @Option(names = "--lines", description = "Every line of standard input is a record.")
    boolean lines;

    @Option(
            names = "--create",
            description = "Make the log when it is not there; --format is needed then.")
    boolean create;

    InputStream in = System.in;
    private long last = -1;
    private long count;

    @Override
    public Integer call() throws IOException {
        if (record != null && lines) {
            throw new ParameterException(
                    spec.commandLine(), "--lines reads standard input; leave RECORD out");
        }
        try (var log = open()) {
            try {
                appendAll(log);
            } finally {
                log.drain();
            }
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("seq", last);
        fields.put("records", count);
        print(fields);
        return Exit.FINE;
    }

    private Log open() {
        if (Files.exists(path)) {
            return LogFiles.open(path, Durability.OS, false, options());
        }
        if (!create) {
            throw new MillraceException(
                    ErrorCode.ERR_FILE_NOT_FOUND,
                    path + ": there is no log. Give --create and --format to make one.");
        }
        if (format == null) {
            throw new ParameterException(
                    spec.commandLine(), "--create needs --format, for example offset-32");
        }
        return LogFiles.open(path, Durability.OS, false, options());
    }

    private void appendAll(Log log) throws IOException {
        if (record != null) {
            append(log, record.getBytes(StandardCharsets.UTF_8));
        } else if (lines) {
            appendLines(log, new BufferedInputStream(in, 1 << 16));
        } else {
            append(log, in.readAllBytes());
        }
    }

    private void appendLines(Log log, InputStream input) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = input.read(); b >= 0; b = input.read()) {
            if (b == '\n') {
                append(log, line.toByteArray());
                line.reset();
            } else {
                line.write(b);
            }
        }
        if (line.size() > 0) {
            append(log, line.toByteArray());
        }
    }

    private void append(Log log, byte[] bytes) {
        last = log.append(bytes);
        count++;
    }
}
