package org.millrace.fuzz;

import org.millrace.codec.Encoding;
import org.millrace.codec.Field;
import org.millrace.codec.Message;
import org.millrace.codec.Scanner;
import org.millrace.codec.Span;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What Jazzer calls with bytes of its making; {@link DecoderFuzzTest} starts it. A target throws
 * when its decoder breaks a promise. The class of each is a {@code --target_class}.
 */
public final class FuzzTargets {
    private FuzzTargets() {}

    /** Reads any bytes as an offset log. */
    public static final class Offset {
        private Offset() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            new FuzzedLog(FuzzedLog.Format.OFFSET, bytes).check();
        }
    }

    /** Reads any bytes as a block log. */
    public static final class Block {
        private Block() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            new FuzzedLog(FuzzedLog.Format.BLOCK, bytes).check();
        }
    }

    /** Reads any bytes as a segment of a write-ahead log. */
    public static final class Wal {
        private Wal() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            new FuzzedLog(FuzzedLog.Format.WAL, bytes).check();
        }
    }

    /** Reads any bytes as JSON, by both paths, which must agree. */
    public static final class Json {
        private static final Scanner FAST = Encoding.JSON.scanner();
        private static final Scanner GENERAL = Encoding.generalJsonScanner();
        private static final Message MESSAGE = new Message();
        private static final Message OTHER = new Message();

        private Json() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            boolean fast = scan(FAST, bytes, MESSAGE);
            boolean general = scan(GENERAL, bytes, OTHER);
            if (fast != general || !found(MESSAGE).equals(found(OTHER))) {
                throw new AssertionError("the fast path finds other things than the general one");
            }
        }
    }

    /** Reads any bytes as bipf. */
    public static final class Bipf {
        private static final Scanner SCANNER = Encoding.BIPF.scanner();
        private static final Message MESSAGE = new Message();

        private Bipf() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            scan(SCANNER, bytes, MESSAGE);
            found(MESSAGE);
        }
    }

    /** Reads any bytes as CBOR. */
    public static final class Cbor {
        private static final Scanner SCANNER = Encoding.CBOR.scanner();
        private static final Message MESSAGE = new Message();

        private Cbor() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            scan(SCANNER, bytes, MESSAGE);
            found(MESSAGE);
        }
    }

    /** The canary: a decoder that breaks on four bytes which chance alone would not find. */
    public static final class PlantedBug {
        private static final byte[] MAGIC = {(byte) 0x89, 'm', 'r', 7};

        private PlantedBug() {}

        public static void fuzzerTestOneInput(byte[] bytes) {
            int at = 0;
            while (at < MAGIC.length && at < bytes.length && bytes[at] == MAGIC[at]) {
                at++;
            }
            if (at == MAGIC.length) {
                throw new AssertionError("the planted bug was met");
            }
        }
    }

    private static boolean scan(Scanner scanner, byte[] bytes, Message message) {
        byte[] before = bytes.clone();
        boolean isMessage = scanner.scan(MemorySegment.ofArray(bytes), 0, bytes.length, message);
        if (!Arrays.equals(before, bytes)) {
            throw new AssertionError("the scanner wrote to the record");
        }
        return isMessage;
    }

    /** Looks at everything that was found, by each accessor; none may throw. */
    private static String found(Message message) {
        var found = new StringBuilder();
        for (var field : Field.values()) {
            found.append(text(message.span(field))).append('|');
        }
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            found.append(link.relation()).append(link.ref()).append(text(link)).append('|');
        }
        return found.append(message.isPrivate()).append(message.linksCut()).toString();
    }

    private static String text(Span span) {
        return span.isPresent()
                ? span.kind() + " " + span.integer() + " " + span.number() + " " + span.text()
                : "";
    }
}
