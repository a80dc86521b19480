package org.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.log.offset.OffsetLog;
import org.millrace.view.builtin.BuiltInViews;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;

/** Every command on logs that are good, truncated, bit-flipped, empty, missing, or no logs. */
@ResourceLock(Resources.SYSTEM_OUT)
class MainTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir Path directory;
    private Path good;

    /** What one command printed and answered. */
    private record Ran(int exit, String out, String err) {
        JsonNode json() throws IOException {
            return JSON.readTree(out);
        }
    }

    @BeforeEach
    void makeLog() {
        good = directory.resolve("good.offset");
        try (var log = OffsetLog.open(good)) {
            log.append("{\"key\":\"%a\",\"value\":{\"author\":\"@x\"}}".getBytes());
            log.append("{\"key\":\"%b\",\n\"n\":1}".getBytes());
            log.append(new byte[] {(byte) 0xff, 0, 1});
        }
    }

    private static Ran run(Object... arguments) {
        return runWith("", arguments);
    }

    private static Ran runWith(String stdin, Object... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var before = new Object[] {System.out, System.err, System.in};
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        System.setIn(new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)));
        try {
            var strings = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
            int exit = Main.run(false, strings);
            System.out.flush();
            return new Ran(
                    exit,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut((PrintStream) before[0]);
            System.setErr((PrintStream) before[1]);
            System.setIn((java.io.InputStream) before[2]);
        }
    }

    private Path damaged(int at, int value) throws IOException {
        var bytes = Files.readAllBytes(good);
        bytes[at] = (byte) value;
        return Files.write(directory.resolve("damaged.offset"), bytes);
    }

    private Path truncated(int by) throws IOException {
        var bytes = Files.readAllBytes(good);
        return Files.write(
                directory.resolve("truncated.offset"), Arrays.copyOf(bytes, bytes.length - by));
    }

    @Test
    void aGoodLogIsFine() throws IOException {
        var verify = run("verify", good, "--json");
        assertEquals(Exit.FINE, verify.exit());
        assertEquals(3, verify.json().get("records").asInt());
        assertTrue(verify.json().get("whole").asBoolean());
        assertEquals("offset-32", run("stat", good, "--json").json().get("format").asText());
        assertFalse(run("repair", good, "--json").json().get("changed").asBoolean());
        assertTrue(run("verify", good).out().contains("records: 3\n"));
    }

    @Test
    void aTruncatedLogIsToldAndRepairedOnce() throws IOException {
        var log = truncated(2);
        var verify = run("verify", log, "--json");
        assertEquals(Exit.DAMAGED, verify.exit());
        assertEquals("torn", verify.json().get("damages").get(0).get("reason").asText());
        var stream = run("stream", log);
        assertEquals(Exit.DAMAGED, stream.exit());
        assertTrue(stream.err().contains("is no whole record (torn)"), stream.err());
        var repair = run("repair", log, "--json");
        assertEquals(Exit.FINE, repair.exit());
        assertTrue(Files.exists(Path.of(repair.json().get("quarantine").get(0).asText())));
        assertFalse(run("repair", log, "--json").json().get("changed").asBoolean());
        assertEquals(2, run("stream", log).out().lines().count());
    }

    @Test
    void aFlippedBitIsPassedWithExitOneAndMendedByRepair() throws IOException {
        var log = damaged(3, 35);
        assertEquals(Exit.DAMAGED, run("verify", log).exit());
        var stream = run("stream", log);
        assertEquals(Exit.DAMAGED, stream.exit());
        assertEquals(2, stream.out().lines().count());
        assertTrue(stream.err().contains("ERR_LOG_CORRUPT"));
        var repair = run("repair", log, "--json").json();
        assertEquals(1, repair.get("restoredRecords").asInt());
        assertArrayEquals(Files.readAllBytes(good), Files.readAllBytes(log));
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "stat", "repair", "stream", "tail"})
    void anEmptyFileIsAnEmptyLog(String command) throws IOException {
        var empty = Files.createFile(directory.resolve("empty.offset"));
        assertEquals(Exit.FINE, run(command, empty).exit());
        assertEquals(0, Files.size(empty));
    }

    @ParameterizedTest
    @CsvSource({
        "verify,,ERR_FILE_NOT_FOUND,4", "stat,,ERR_FILE_NOT_FOUND,4",
        "repair,,ERR_FILE_NOT_FOUND,4", "stream,,ERR_FILE_NOT_FOUND,4",
        "tail,,ERR_FILE_NOT_FOUND,4", "get,0,ERR_FILE_NOT_FOUND,4",
        "append,x,ERR_FILE_NOT_FOUND,4"
    })
    void aMissingFileIsToldAndNotMade(String command, String more, String code, int exit)
            throws IOException {
        var missing = directory.resolve("missing.offset");
        var ran = more == null ? run(command, missing) : run(command, missing, more);
        assertEquals(exit, ran.exit(), ran.err());
        assertTrue(ran.err().startsWith("millrace: " + code), ran.err());
        assertEquals(1, ran.err().lines().count(), "a stack trace without being asked");
        assertFalse(Files.exists(missing));
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify", "stat", "repair", "stream", "tail"})
    void aDirectoryAndAFileOfAnotherKindAreTold(String command) throws IOException {
        assertTrue(run(command, directory).err().contains("ERR_FILE_KIND"));
        var text = Files.writeString(directory.resolve("letter"), "Dear reader, ".repeat(30));
        var ran = run(command, text);
        assertEquals(Exit.FAILED, ran.exit());
        assertTrue(ran.err().contains("ERR_LOG_FORMAT"), ran.err());
        assertEquals("Dear reader, ".repeat(30), Files.readString(text));
    }

    @Test
    void theWrongFormatByNameIsToldAndChangesNothing() throws IOException {
        var before = Files.readAllBytes(good);
        for (var command : new String[] {"verify", "repair"}) {
            var ran = run(command, good, "--format", "offset-53");
            assertTrue(ran.err().contains("ERR_LOG_FORMAT"), ran.out() + ran.err());
        }
        assertArrayEquals(before, Files.readAllBytes(good));
        assertEquals(Exit.USAGE, run("verify", good, "--format", "offset-7").exit());
    }

    @Test
    void recordsThatAreJsonArePrintedAsTheyAreOthersAsBase64() {
        var expected =
                """
                {"key":"%a","value":{"author":"@x"}}
                {"key":"%b", "n":1}
                {"base64":"/wAB"}
                """;
        assertEquals(expected, run("stream", good).out());
        assertEquals("{\"base64\":\"/wAB\"}\n", run("tail", good, "-n", 1).out());
        assertEquals("{\"key\":\"%b\", \"n\":1}\n", run("get", good, 48).out());
        assertEquals(
                "{\"seq\":48,\"value\":{\"key\":\"%b\", \"n\":1}}\n",
                run("get", good, 48, "--json").out());
    }

    @Test
    void streamTakesBoundsDirectionAndLimit() {
        assertEquals(2, run("stream", good, "--gt", 0).out().lines().count());
        assertEquals(1, run("stream", good, "--lt", 48).out().lines().count());
        assertEquals(2, run("stream", good, "--gte", 0, "--lte", 48).out().lines().count());
        var newest = run("stream", good, "--reverse", "--limit", 1).out();
        assertEquals("{\"base64\":\"/wAB\"}\n", newest);
        assertEquals(Exit.USAGE, run("stream", good, "--gt", 0, "--gte", 0).exit());
        assertEquals(Exit.USAGE, run("stream", good, "--live", "--reverse").exit());
        assertEquals(Exit.NOT_THERE, run("get", good, 5).exit());
        assertEquals(Exit.NOT_THERE, run("get", good, 1 << 20).exit());
    }

    @Test
    void appendTakesAnArgumentStandardInputOrItsLines() throws IOException {
        assertEquals(Exit.FINE, run("append", good, "{\"n\":2}").exit());
        assertEquals(Exit.FINE, runWith("a\nb", "append", good).exit());
        var lines = runWith("{\"n\":3}\n\n{\"n\":4}", "append", good, "--lines", "--json");
        assertEquals(3, lines.json().get("records").asInt());
        assertEquals(8, run("verify", good, "--json").json().get("records").asInt());
        assertEquals("{\"n\":4}\n", run("tail", good, "-n", 1).out());
        var fresh = directory.resolve("fresh.offset");
        assertEquals(Exit.USAGE, run("append", fresh, "x", "--create").exit());
        assertEquals(
                Exit.FINE, run("append", fresh, "x", "--create", "--format", "offset-53").exit());
        assertEquals("offset-53", run("stat", fresh, "--json").json().get("format").asText());
    }

    @Test
    void viewsAreReadByName() {
        var found = run("view", good, "keys", "get", "%b");
        assertEquals("{\"key\":\"%b\", \"n\":1}\n", found.out(), found.err());
        assertEquals(Exit.NOT_THERE, run("view", good, "keys", "get", "%none").exit());
        assertTrue(run("view", good, "nothing", "get").err().contains("ERR_VIEW_UNKNOWN"));
        assertTrue(run("view", good, "keys", "nothing").err().contains("ERR_VIEW_UNKNOWN"));
    }

    @Test
    void aLockedLogIsReadButNotRepairedOrAppendedTo() throws IOException {
        try (var held = OffsetLog.open(good)) {
            held.append(new byte[] {1});
            assertEquals(Exit.FINE, run("verify", good).exit());
            assertEquals(Exit.LOCKED, run("append", good, "x").exit());
            Files.write(good, new byte[] {0, 0, 0}, StandardOpenOption.APPEND);
            var repair = run("repair", good);
            assertEquals(Exit.LOCKED, repair.exit());
            assertTrue(repair.err().contains("ERR_LOG_LOCKED"));
        }
    }

    @Test
    void wrongUsageAndHelp() {
        assertEquals(Exit.USAGE, run("verify").exit());
        assertEquals(Exit.USAGE, run("unknown", good).exit());
        assertEquals(Exit.USAGE, run("get", good, "x").exit());
        var help = run("verify", "--help");
        assertEquals(Exit.FINE, help.exit());
        assertTrue(help.out().contains("Exit codes:"));
        assertTrue(run("--help").out().contains("repair"));
        BuiltInViews.names()
                .forEach(name -> assertTrue(run("view", "--help").out().contains(name)));
        assertTrue(run("verify", "--stacktrace", directory).err().contains("\tat org.millrace"));
    }
}
