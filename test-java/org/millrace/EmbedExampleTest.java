package org.millrace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

import javax.tools.ToolProvider;

/**
 * docs/examples/Embed.java, the example that the README shows, is compiled and run as it stands.
 */
class EmbedExampleTest {
    private static final Path EXAMPLE = Path.of("docs/examples/Embed.java");

    @TempDir Path temp;

    @Test
    void printsWhatItSaysItPrints() throws Exception {
        var errors = new ByteArrayOutputStream();
        int compiled =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                errors,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                temp.toString(),
                                EXAMPLE.toString());
        assertEquals(0, compiled, errors::toString);
        assertEquals(saidOutput(), run(temp.resolve("data/log.offset")));
    }

    private String run(Path log) throws Exception {
        var out = new ByteArrayOutputStream();
        var before = System.out;
        try (var loader = new java.net.URLClassLoader(new java.net.URL[] {temp.toUri().toURL()})) {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            loader.loadClass("Embed")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {log.toString()});
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    /** The lines behind {@code // >} at the end of the example. */
    private static String saidOutput() throws Exception {
        return Arrays.stream(Files.readString(EXAMPLE).split("\n"))
                .filter(line -> line.startsWith("// > "))
                .map(line -> line.substring(5))
                .collect(Collectors.joining("\n"));
    }
}
