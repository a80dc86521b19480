package org.millrace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import javax.tools.ToolProvider;

/**
 * The programs in docs/examples are compiled and run as docs/JAVA.md says, in a JVM of their own:
 * they print what they say, and the JVM has nothing to complain of.
 */
class EmbedExampleTest {
    private static final Path CLASSES = Path.of("target/classes").toAbsolutePath();

    @TempDir Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"Embed", "EmbedViews"})
    void printsWhatItSaysItPrints(String name) throws Exception {
        var source = example(name);
        compile("-cp", CLASSES.toString(), source.toString());
        assertEquals(
                saidOutput(source),
                run("--enable-native-access=ALL-UNNAMED", "-cp", CLASSES + ":" + temp, name));
    }

    @Test
    void runsAsAModule() throws Exception {
        var text = "package app;\n" + Files.readString(example("EmbedViews"));
        var sources = Files.createDirectories(temp.resolve("source/app"));
        var program = Files.writeString(sources.resolve("EmbedViews.java"), text);
        var module =
                Files.writeString(
                        sources.resolveSibling("module-info.java"),
                        "module app { requires org.millrace; }");
        compile("-cp", "", "-p", CLASSES.toString(), module.toString(), program.toString());
        assertEquals(
                saidOutput(example("EmbedViews")),
                run(
                        "--enable-native-access=org.millrace",
                        "-p",
                        CLASSES + ":" + temp,
                        "-m",
                        "app/app.EmbedViews"));
    }

    private static Path example(String name) {
        return Path.of("docs/examples", name + ".java");
    }

    private void compile(String... arguments) {
        var said = new ByteArrayOutputStream();
        var command = new ArrayList<>(List.of("-Xlint:all", "-Werror"));
        command.addAll(List.of("-d", temp.toString()));
        command.addAll(List.of(arguments));
        int compiled =
                ToolProvider.getSystemJavaCompiler()
                        .run(null, null, said, command.toArray(String[]::new));
        assertEquals(0, compiled, said::toString);
    }

    /** What a JVM prints, warnings included. */
    private String run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(List.of(arguments));
        command.add(temp.resolve("data/log.offset").toString());
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said.strip();
    }

    /** The lines behind {@code // >} at the end of the example. */
    private static String saidOutput(Path example) throws IOException {
        return Arrays.stream(Files.readString(example).split("\n"))
                .filter(line -> line.startsWith("// > "))
                .map(line -> line.substring(5))
                .collect(Collectors.joining("\n"));
    }
}
