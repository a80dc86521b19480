package org.millrace.storage;

import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Platform.Errno;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Turns what the operating system says into one coded error with file, cause and consequence. */
final class StorageErrors {
    private StorageErrors() {}

    /**
     * @param where file, with {@code @offset} when there is one
     * @param what the call that failed and what it leaves behind
     * @param negatedErrno as {@link Libc} returns it
     */
    static MillraceException of(String where, String what, long negatedErrno) {
        int errno = (int) -negatedErrno;
        var known = Errno.of(errno);
        var code = known == null ? ErrorCode.ERR_IO : known.code;
        return new MillraceException(
                code, where + ": " + what + ": " + Platform.errnoName(errno) + nextStep(code));
    }

    static MillraceException of(Path path, String what, IOException cause) {
        var code =
                switch (cause) {
                    case NoSuchFileException _ -> ErrorCode.ERR_FILE_NOT_FOUND;
                    case AccessDeniedException _ -> ErrorCode.ERR_FILE_PERMISSION;
                    case NotDirectoryException _ -> ErrorCode.ERR_FILE_KIND;
                    case FileSystemException e -> ofReason(e.getReason());
                    default -> ErrorCode.ERR_IO;
                };
        return new MillraceException(
                code, path + ": " + what + ": " + cause + nextStep(code), cause);
    }

    /** java.nio gives the C library's English text (the JVM never sets a locale), not errno. */
    private static ErrorCode ofReason(String reason) {
        return switch (reason == null ? "" : reason) {
            case "No space left on device", "Disk quota exceeded" -> ErrorCode.ERR_NO_SPACE;
            case "Not a directory", "Is a directory" -> ErrorCode.ERR_FILE_KIND;
            case "Read-only file system", "Operation not permitted" ->
                    ErrorCode.ERR_FILE_PERMISSION;
            case "File name too long" -> ErrorCode.ERR_ARGUMENT;
            default -> ErrorCode.ERR_IO;
        };
    }

    private static String nextStep(ErrorCode code) {
        return switch (code) {
            case ERR_NO_SPACE -> ". Make room and try again.";
            case ERR_FILE_NOT_FOUND -> ". Check the path, or open it for writing to create it.";
            case ERR_FILE_PERMISSION ->
                    ". Check owner and mode of the file and its directory, or open it read-only.";
            case ERR_ARGUMENT ->
                    ". Use a shorter one: beside a log stand files and directories whose names are"
                            + " longer than its own, which has at most 200 bytes to be safe.";
            case ERR_FILE_KIND -> ". Check the path: a log is a regular file in a directory.";
            default -> ".";
        };
    }
}
