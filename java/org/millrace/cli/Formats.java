package org.millrace.cli;

import org.millrace.log.maintenance.LogFormat;
import org.millrace.memory.MillraceException;

import picocli.CommandLine.TypeConversionException;

/** Log formats on the command line. */
final class Formats {
    private Formats() {}

    static LogFormat parse(String label) {
        try {
            return LogFormat.ofLabel(label);
        } catch (MillraceException e) {
            throw new TypeConversionException(e.detail());
        }
    }
}
