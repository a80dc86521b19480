package org.millrace.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Platform.Errno;
import org.millrace.storage.Storage.OpenMode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Faults of the system calls themselves, put in by strace beneath a child JVM: what lies below the
 * {@link Storage} seam and no wrapper of it can reach. SKIPPED by name where strace cannot run.
 */
class SystemCallFaultTest {
    private static final int RECORD_BYTES = 1000;
    private static final int RECORDS = 10;
    private @TempDir Path dir;

    @ParameterizedTest
    @CsvSource({
        "pwrite64:error=EINTR:when=3, OK",
        "pwrite64:error=EINTR:when=2..5, OK",
        "pwrite64:error=ENOSPC:when=4, ERR_NO_SPACE",
        "pwrite64:error=EDQUOT:when=4, ERR_NO_SPACE",
        "pwrite64:error=EIO:when=4, ERR_IO",
        "pwrite64:retval=0:when=4, ERR_IO",
        "fdatasync:error=EIO:when=1, ERR_IO",
        "fdatasync:error=EINTR:when=1, ERR_IO",
        "ftruncate:error=EINTR:when=1, OK",
        "ftruncate:error=EIO:when=1, ERR_IO",
        "fallocate:error=EOPNOTSUPP:when=1, OK",
        "fallocate:error=ENOSPC:when=1, ERR_NO_SPACE",
        "mmap:error=ENOMEM:when=1+, OK",
        "mmap:error=ENODEV:when=1+, OK",
    })
    void isSurvivedOrReported(String injection, String expected) throws Exception {
        var path = dir.resolve("file");
        assertEquals(expected, runChild(path, injection), injection);
    }

    @Test
    void withoutAFaultTheChildIsContent() throws Exception {
        assertEquals("OK", runChild(dir.resolve("file"), null));
    }

    @Test
    void messageNamesFileOffsetErrnoAndNextStep() {
        var e = StorageErrors.of("log.offset@81920", "wrote 3 of 9 bytes", -Errno.ENOSPC.number());
        assertEquals(
                "ERR_NO_SPACE log.offset@81920: wrote 3 of 9 bytes: ENOSPC (no space left on the"
                        + " device). Make room and try again.",
                e.getMessage());
        assertEquals(ErrorCode.ERR_FILE_PERMISSION, codeOf(Errno.EACCES.number()));
        assertEquals(ErrorCode.ERR_FILE_PERMISSION, codeOf(Errno.EROFS.number()));
        assertEquals(ErrorCode.ERR_IO, codeOf(9999));
        assertTrue(StorageErrors.of("f", "w", -9999).getMessage().contains("errno 9999"));
    }

    @Test
    void everyErrnoIsListedOnce() {
        var numbers = Arrays.stream(Errno.values()).mapToInt(Errno::number);
        assertEquals(Errno.values().length, numbers.distinct().count());
    }

    private static ErrorCode codeOf(int errno) {
        return StorageErrors.of("f", "w", -errno).code();
    }

    private static String runChild(Path path, String injection) throws Exception {
        var command = new ArrayList<String>();
        var trace = path.resolveSibling("trace");
        if (injection != null) {
            command.addAll(List.of("strace", "-f", "-qq", "-o", trace.toString(), "-P"));
            command.addAll(List.of(path.toString(), "-e", "inject=" + injection));
            Files.createFile(path); // strace resolves its path when it starts
            Assumptions.assumeTrue(straceRuns(), "SKIPPED system call faults: no strace here");
        }
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        command.addAll(List.of(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of(Child.class.getName(), path.toString()));
        var process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var out = process.inputReader()) {
            var answer = out.readLine();
            assertTrue(process.waitFor(300, TimeUnit.SECONDS), "child hangs");
            if (injection != null) {
                assertTrue(Files.readString(trace).contains("(INJECTED)"), "the fault was not met");
            }
            return answer;
        }
    }

    private static boolean straceRuns() throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true").start().waitFor()
                    == 0;
        } catch (IOException _) {
            return false;
        }
    }

    /** Writes, allocates, syncs, truncates and reads back; prints OK or the code of the error. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            try (var file = new PosixStorage().open(Path.of(args[0]), OpenMode.CREATE)) {
                file.allocate(0, 100_000);
                for (int i = 0; i < RECORDS; i++) {
                    var record = new byte[RECORD_BYTES];
                    Arrays.fill(record, (byte) (i + 1));
                    file.write((long) i * RECORD_BYTES, MemorySegment.ofArray(record));
                }
                file.sync();
                file.truncate((long) RECORDS * RECORD_BYTES);
                for (int i = 0; i < RECORDS; i++) {
                    var record = new byte[RECORD_BYTES];
                    file.read((long) i * RECORD_BYTES, MemorySegment.ofArray(record));
                    for (byte b : record) {
                        if (b != i + 1) {
                            System.out.println("record " + i + " reads " + b);
                            return;
                        }
                    }
                }
                System.out.println("OK");
            } catch (MillraceException e) {
                System.out.println(e.code());
            }
        }
    }
}
