package org.millrace.view;

import org.millrace.codec.Encoding;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Scanner;
import org.millrace.codec.Span;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Which records somebody outside of Java wants to see, and what of each: all conditions must hold,
 * the fields are handed out as columns.
 *
 * <p><b>Threads.</b> One. <b>Memory.</b> Borrows the record that it looks at.
 */
public final class Projection {
    private final Paths paths = new Paths();
    private final List<Condition> conditions = new ArrayList<>();
    private final int[] selected;
    private final Scanner scanner;
    private final Message message;

    /**
     * From {@code select.<n>} (a path as JSON pointer) and {@code where.<n>.path}, {@code
     * where.<n>.exists}, {@code where.<n>.is.<m>}; see {@link Condition}.
     *
     * @throws MillraceException ERR_ARGUMENT: no such option
     */
    public Projection(Encoding encoding, Map<String, String> options) {
        var rest = new TreeMap<>(options);
        selected = new int[count(rest, "select.")];
        for (int i = 0; i < selected.length; i++) {
            selected[i] = paths.add(path(rest.remove("select." + i)));
        }
        for (int i = 0; rest.containsKey("where." + i + ".path"); i++) {
            var prefix = "where." + i + ".";
            int slot = paths.add(path(rest.remove(prefix + "path")));
            var condition = new TreeMap<String, String>();
            for (var name : List.copyOf(rest.keySet())) {
                if (name.startsWith(prefix)) {
                    condition.put(name.substring(prefix.length()), rest.remove(name));
                }
            }
            conditions.add(new Condition(slot, condition));
        }
        if (!rest.isEmpty()) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT, "projection: unknown option " + rest.firstKey());
        }
        scanner = encoding.scanner();
        message = Message.withoutLinks(paths);
    }

    /**
     * A view's version and what it is made from as one number, so that a view with another {@code
     * where} or {@code select} is another view.
     */
    public static int versionOf(String version, Map<String, String> options) {
        var crc = new CRC32C();
        crc.update((version + new TreeMap<>(options)).getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    public int columns() {
        return selected.length;
    }

    /**
     * Whether a record of a batch is wanted; then {@link #cell} has its fields.
     *
     * @param plain the record decrypted; null = as it stands in the batch
     */
    boolean accepts(RecordBatch batch, int record, MemorySegment plain) {
        if (batch.isDeleted(record)) {
            return false;
        }
        boolean isMessage =
                plain == null
                        ? scanner.scan(
                                batch.data(), batch.start(record), batch.length(record), message)
                        : scanner.scan(plain, 0, (int) plain.byteSize(), message);
        if (!isMessage) {
            return false;
        }
        for (int i = 0; i < conditions.size(); i++) {
            if (!conditions.get(i).holds(message)) {
                return false;
            }
        }
        return true;
    }

    Span cell(int column) {
        return message.span(selected[column]);
    }

    private static int count(Map<String, String> options, String prefix) {
        return (int) options.keySet().stream().filter(name -> name.startsWith(prefix)).count();
    }

    /** {@code /value/content/type}; {@code ~1} stands for a slash, {@code ~0} for a tilde. */
    private static String[] path(String pointer) {
        if (pointer.isEmpty()) {
            return new String[0];
        }
        var keys = pointer.substring(1).split("/", -1);
        for (int i = 0; i < keys.length; i++) {
            keys[i] = keys[i].replace("~1", "/").replace("~0", "~");
        }
        return keys;
    }
}
