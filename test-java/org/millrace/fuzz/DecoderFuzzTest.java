package org.millrace.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.codec.Encoding;
import org.millrace.fault.Tier;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Jazzer, guided by coverage, over the decoders of the three log formats and of the three encodings
 * of a message. Each runs in a JVM of its own, whose classes Jazzer instruments.
 *
 * <p>{@code -Dmillrace.fuzz.inputs=N} a log format, twenty times as many an encoding; {@code
 * -Dmillrace.seed=N} takes a seed back. What breaks is printed as a crash input in base64.
 */
class DecoderFuzzTest {
    private static final int INPUTS = Tier.count("millrace.fuzz.inputs", 500, 1_000_000);
    private static final int MESSAGES_PER_LOG = 20;
    private static final int CANARY_INPUTS = 10_000_000;
    private static final int CRASHED = 77;

    /** HotSpot's tiers: for a thousand inputs the optimising compiler only costs. */
    private static final int COMPILER = Tier.count("millrace.fuzz.compiler", 1, 4);

    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";
    private static final String JAZZER_API = "com.code_intelligence.jazzer.api.Jazzer";
    private static final Pattern DONE = Pattern.compile("Done (\\d+) runs");

    /** libFuzzer's seed has 31 bits. */
    private final int seed = (int) (Tier.seed(this) & 0x7FFF_FFFF);

    private @TempDir Path directory;

    private record Outcome(int exit, String output) {}

    @ParameterizedTest
    @ValueSource(
            classes = {
                FuzzTargets.Offset.class,
                FuzzTargets.Block.class,
                FuzzTargets.Wal.class,
                FuzzTargets.Json.class,
                FuzzTargets.Bipf.class,
                FuzzTargets.Cbor.class
            })
    void noBytesBreakADecoder(Class<?> target) throws Exception {
        SeedCorpus.write(target, corpus());
        var outcome = fuzz(target, logs().contains(target) ? INPUTS : INPUTS * MESSAGES_PER_LOG);
        assertEquals(0, outcome.exit(), () -> "seed " + seed + "\n" + outcome.output());
        var runs = DONE.matcher(outcome.output());
        assertTrue(runs.find(), outcome.output());
        System.out.printf(
                "DecoderFuzzTest %s: %,d inputs, 0 findings%n",
                target.getSimpleName(), Long.parseLong(runs.group(1)));
    }

    /** Four bytes that only its feedback leads to. */
    @Test
    void aPlantedBugIsFound() throws Exception {
        corpus();
        var outcome = fuzz(FuzzTargets.PlantedBug.class, CANARY_INPUTS);
        assertEquals(CRASHED, outcome.exit(), outcome.output());
        assertTrue(outcome.output().contains("the planted bug was met"), outcome.output());
    }

    private static List<Class<?>> logs() {
        return List.of(FuzzTargets.Offset.class, FuzzTargets.Block.class, FuzzTargets.Wal.class);
    }

    private Path corpus() throws IOException {
        return Files.createDirectories(directory.resolve("corpus"));
    }

    private Outcome fuzz(Class<?> target, int inputs) throws Exception {
        var output = directory.resolve("output");
        var process =
                new ProcessBuilder(command(target, inputs))
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            int exit = process.waitFor();
            return new Outcome(exit, Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    /** What a target needs and no more: Jazzer searches all of it when it starts. */
    private static String classPath() throws ReflectiveOperationException, URISyntaxException {
        var loader = DecoderFuzzTest.class.getClassLoader();
        var needed = new ArrayList<Class<?>>(List.of(FuzzTargets.class, Encoding.class));
        for (var name : List.of(JAZZER, JAZZER_API)) {
            needed.add(Class.forName(name, false, loader));
        }
        var paths = new ArrayList<String>();
        for (var type : needed) {
            var place = type.getProtectionDomain().getCodeSource().getLocation().toURI();
            paths.add(Path.of(place).toString());
        }
        return String.join(File.pathSeparator, paths);
    }

    private List<String> command(Class<?> target, int inputs) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+EnableDynamicAgentLoading", "-Xmx512m", "-XX:+UseSerialGC"));
        command.add("-XX:TieredStopAtLevel=" + COMPILER);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.addAll(List.of("-cp", classPath()));
        command.add(JAZZER);
        command.add("--target_class=" + target.getName());
        command.add("--instrumentation_includes=org.millrace.**");
        command.add("--reproducer_path=" + directory);
        command.addAll(List.of("-seed=" + seed, "-runs=" + inputs, "-max_len=4096"));
        command.addAll(List.of("-timeout=30", "-rss_limit_mb=4096"));
        command.add(directory.resolve("corpus").toString());
        return command;
    }
}
