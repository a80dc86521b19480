package org.millrace.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A C header as the C compiler sees it: names are read from what its preprocessor leaves,
 * everything else (values, sizes, offsets, kinds) is printed by a C program that includes the
 * header.
 *
 * <p>Reads the few forms of declaration that millrace.h uses and refuses any other, so that nothing
 * is skipped in silence.
 */
final class CHeader {
    private static final Pattern CONSTANT = Pattern.compile("(?m)^#define (\\w+) +\\S.*$");
    private static final Pattern GUARD = Pattern.compile("(?m)^#define \\w+ *$");
    private static final Pattern ENUM =
            Pattern.compile("typedef enum (\\w+) \\{([^}]*)\\} \\1\\s*;");
    private static final Pattern STRUCT =
            Pattern.compile("typedef struct (\\w+) \\{([^}]*)\\} \\1\\s*;");
    private static final Pattern FUNCTION =
            Pattern.compile("typedef [\\w ]+\\(\\*(\\w+)\\)\\([^()]*\\)\\s*;");
    private static final Pattern ENUMERATOR = Pattern.compile("(\\w+)\\s*(=[^,]*)?(,|$)");
    private static final Pattern FIELD = Pattern.compile("[\\w ]+[ *](\\w+)(\\[\\w+])?\\s*;");

    private final Path file;
    private String unread;

    final List<String> constants = new ArrayList<>();
    final List<String> functions = new ArrayList<>();
    final TreeMap<String, List<String>> structs = new TreeMap<>();

    CHeader(Path file) throws IOException, InterruptedException {
        this.file = file;
        unread = preprocessed();
        take(CONSTANT).forEach(match -> constants.add(match.group(1)));
        take(GUARD);
        take(ENUM).forEach(match -> constants.addAll(names(ENUMERATOR, match.group(2))));
        take(STRUCT).forEach(match -> structs.put(match.group(1), names(FIELD, match.group(2))));
        take(FUNCTION).forEach(match -> functions.add(match.group(1)));
        if (!unread.isBlank()) {
            throw new IllegalArgumentException(file + ": cannot read: " + unread.strip());
        }
    }

    /** What {@code program}, placed after this header, prints. */
    List<String> run(String program) throws IOException, InterruptedException {
        var folder = Files.createTempDirectory("millrace-abi");
        try {
            var source = folder.resolve("abi.c");
            var include = "#include \"%s\"\n".formatted(file.toAbsolutePath());
            Files.writeString(
                    source, "#include <stddef.h>\n#include <stdio.h>\n" + include + program);
            var binary = folder.resolve("abi").toString();
            output(compiler(), "-std=c11", "-Wall", "-Werror", "-o", binary, source.toString());
            return output(binary).lines().toList();
        } finally {
            try (var files = Files.list(folder)) {
                for (var leftover : files.toList()) Files.delete(leftover);
            }
            Files.delete(folder);
        }
    }

    /** The header without comments and without what it includes; its #define lines stay. */
    private String preprocessed() throws IOException, InterruptedException {
        var text = new StringBuilder();
        var ours = false;
        for (var line : output(compiler(), "-E", "-dD", file.toString()).lines().toList()) {
            if (line.startsWith("# ")) ours = line.contains('"' + file.toString() + '"');
            else if (ours && !line.startsWith("#include")) text.append(line).append('\n');
        }
        return text.toString();
    }

    private List<MatchResult> take(Pattern pattern) {
        var found = pattern.matcher(unread).results().toList();
        unread = pattern.matcher(unread).replaceAll("");
        return found;
    }

    private List<String> names(Pattern pattern, String body) {
        var names = pattern.matcher(body).results().map(match -> match.group(1)).toList();
        var rest = pattern.matcher(body).replaceAll("");
        if (!rest.isBlank()) throw new IllegalArgumentException(file + ": cannot read: " + rest);
        return names;
    }

    private static String compiler() {
        return System.getenv().getOrDefault("CC", "cc");
    }

    private static String output(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", command) + " failed:\n" + output);
        }
        return output;
    }
}
