package org.millrace.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.millrace.memory.ErrorCode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Java's copy of millrace.h against the C compiler: both sides list every constant, size, offset
 * and signature they know, one line of text each, and the lists must be equal. When this fails
 * after a change of the header, run {@code mvn -Pjextract generate-sources}.
 */
class AbiTest {
    private static final Path HEADER = Path.of("native-headers/millrace.h");

    /** C: a value as Java's signed number of the same width, and its width. */
    private static final String C_MACROS =
            """
            #define VALUE(x) (sizeof(x) == 4 ? (long long)(int)(x) : (long long)(x))
            #define KIND(x) _Generic((x), float: "floating", double: "floating", \\
                char: "integer", signed char: "integer", unsigned char: "integer", \\
                short: "integer", unsigned short: "integer", int: "integer", unsigned: "integer", \\
                long: "integer", unsigned long: "integer", \\
                long long: "integer", unsigned long long: "integer", default: "address")
            """;

    @Test
    void everySizeOffsetAndConstantIsWhatTheCompilerSays() throws Exception {
        assertEquals("", differences(factsOfC(new CHeader(HEADER)), JavaAbi.facts()));
    }

    @Test
    void everyStatusIsAnErrorCode() throws Exception {
        var codes = Stream.of(ErrorCode.values()).map(c -> "MR_" + c + " 4 " + c.status());
        var statuses = JavaAbi.facts().stream().filter(fact -> fact.startsWith("MR_ERR_"));
        assertEquals("", differences(codes.toList(), statuses.toList()));
    }

    /** The canary: a change to the header is seen, and named. Columns: pattern, change, name. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(MR_ABI_VERSION) \\d+ | $1 9999 | C: MR_ABI_VERSION 4 9999",
                "(MR_OK = 0) | $1, MR_PLANTED = 90 | C: MR_PLANTED 4 90",
                "MR_DELETED +(\\w+) | MR_PLANTED $1 | Java: MR_DELETED",
                "double (seq;) | int64_t $1 | C: mr_record.seq at 0 8 integer",
                "(uint32_t start;) | $1 uint32_t planted; | C: mr_record.planted at 12",
                "(uint32_t start;)(.*)(uint32_t length;) | $3$2$1 | Java: mr_record.start at 8",
                "int64_t (context;) | int32_t $1 | C: mr_host.context at 0 4",
                "(mr_host;) | $1 typedef struct mr_new { int a; } mr_new; | C: mr_new 4 align 4",
                "(mr_dispatch_fn.)\\([^)]*\\) | $1(int32_t op) | C: mr_dispatch_fn is another",
            })
    void seesThePlantedChange(String pattern, String change, String name, @TempDir Path folder)
            throws Exception {
        var header = Files.readString(HEADER);
        var planted = Pattern.compile(pattern, Pattern.DOTALL).matcher(header).replaceFirst(change);
        var differences = differences(factsOfC(copyOf(planted, folder)), JavaAbi.facts());
        assertTrue(differences.contains(name), () -> "not seen, only: " + differences);
    }

    @Test
    void refusesADeclarationItCannotRead(@TempDir Path folder) throws Exception {
        var planted = Files.readString(HEADER) + "typedef union u { int a; } u;";
        var error = assertThrows(IllegalArgumentException.class, () -> copyOf(planted, folder));
        assertTrue(error.getMessage().contains("union u"), error.getMessage());
    }

    private static CHeader copyOf(String text, Path folder) throws Exception {
        return new CHeader(Files.writeString(folder.resolve("millrace.h"), text));
    }

    /** One line for each fact that only one side knows. */
    private static String differences(List<String> c, List<String> java) {
        var onlyC = c.stream().filter(fact -> !java.contains(fact)).map(fact -> "C: " + fact);
        var onlyJava = java.stream().filter(fact -> !c.contains(fact)).map(fact -> "Java: " + fact);
        return Stream.concat(onlyC, onlyJava).sorted().collect(Collectors.joining("\n"));
    }

    private static List<String> factsOfC(CHeader header) throws Exception {
        var program = new StringBuilder(C_MACROS).append("int main(void) {\n");
        for (var name : header.constants) {
            print(program, name + " %zu %lld", "sizeof(" + name + ")", "VALUE(" + name + ")");
        }
        header.structs.forEach(
                (struct, fields) -> {
                    var sizes = "sizeof(%1$s), _Alignof(%1$s)".formatted(struct);
                    print(program, struct + " %zu align %zu", sizes);
                    for (var field : fields) {
                        var value = "((%s *)0)->%s".formatted(struct, field);
                        var offset = "offsetof(%s, %s)".formatted(struct, field);
                        var format = struct + "." + field + " at %zu %zu %s";
                        print(program, format, offset, "sizeof " + value, "KIND(" + value + ")");
                    }
                });
        // The compiler is asked whether Java's idea of the signature is the header's.
        var signatures = JavaAbi.signatures();
        for (var name : header.functions) {
            var java = signatures.getOrDefault(name, "void (*)(char)");
            var same = "_Generic((%s)0, %s: \"%s\", default: \"another\")";
            print(program, name + " is %s", same.formatted(name, java, java));
        }
        return header.run(program.append("return 0;\n}\n").toString());
    }

    private static void print(StringBuilder program, String format, String... values) {
        var arguments = String.join(", ", values);
        program.append("printf(\"%s\\n\", %s);\n".formatted(format, arguments));
    }
}
