import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs google-java-format over every hand-written source: {@code Format (check|apply) DIR...}. Used by pom.xml; exists because
 * the formatter takes files, not folders.
 */
class Format {
    public static void main(String[] args) throws IOException {
        boolean check = args[0].equals("check");
        if (check) {
            System.out.println("Unformatted files follow, if any; mvn -q -Pformat process-sources mends them.");
        }
        var options = new ArrayList<>(List.of("--aosp"));
        options.addAll(check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
        for (var directory : List.of(args).subList(1, args.length)) {
            try (Stream<Path> files = Files.walk(Path.of(directory))) {
                files.map(Path::toString)
                        .filter(name -> name.endsWith(".java") && !name.contains("/host/abi/"))
                        .forEach(options::add);
            }
        }
        Main.main(options.toArray(String[]::new)); // exits with the status
    }
}
