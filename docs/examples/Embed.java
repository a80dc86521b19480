// Millrace inside a Java program. Run it with JDK 25:
//   CP=target/millrace.jar
//   java --enable-native-access=ALL-UNNAMED -cp $CP docs/examples/Embed.java /tmp/embed.offset
// EmbedExampleTest compiles and runs this file and compares what it prints with the last lines.

import static java.nio.charset.StandardCharsets.UTF_8;

import org.millrace.log.Durability;
import org.millrace.log.Range;
import org.millrace.log.offset.OffsetLog;
import org.millrace.log.offset.OffsetOptions;

import java.nio.file.Path;

public class Embed {
    public static void main(String[] args) {
        var options = OffsetOptions.defaults().withDurability(Durability.SYNC);
        try (var log = OffsetLog.open(Path.of(args[0]), options)) {
            long first = log.append("{\"type\":\"post\"}".getBytes(UTF_8)); // durable on return
            log.append("{\"type\":\"vote\"}".getBytes(UTF_8));

            log.forEach(
                    Range.ALL,
                    (seq, record) -> // the slice is borrowed: copy() to keep it
                    System.out.println(seq + " " + new String(record.copy(), UTF_8)));

            log.delete(first);
            log.forEach(
                    Range.newestFirst(),
                    (seq, record) ->
                            System.out.println("left: " + seq + ", " + record.length() + " bytes"));
            System.out.println("since " + log.since() + ", durable " + log.durableSince());
        }
    }
}

// > 0 {"type":"post"}
// > 27 {"type":"vote"}
// > left: 27, 15 bytes
// > since 27, durable 27
