package org.millrace.memory;

/**
 * Every way a call can fail, one stable code each, the same in Java, C and JavaScript.
 *
 * <p>The name is the code that users see ({@code err.code} in JavaScript); {@link #status} is the
 * number that crosses C. The numbers stand again in {@code native-headers/millrace.h}; a test
 * compares both lists. Numbers are never reused.
 */
public enum ErrorCode {
    /** An argument has the wrong type or is outside its documented range. Nothing was done. */
    ERR_ARGUMENT(1),
    /** Our own mistake: a failure that has no code of its own. Please report it. */
    ERR_INTERNAL(2),
    /** The Java heap or off-heap memory is exhausted; the call did nothing. */
    ERR_OUT_OF_MEMORY(3),
    /** A borrowed slice was used after its owner took it back. */
    ERR_BORROW_EXPIRED(4),
    /** A handle that was closed, or that never existed. */
    ERR_HANDLE(5),
    /** The caller's buffer is smaller than one record; retry with the stated size. */
    ERR_BUFFER_TOO_SMALL(6),
    /** The operation was cancelled by its caller or by close. */
    ERR_CANCELLED(7),

    /** The file does not exist and was opened read-only. */
    ERR_FILE_NOT_FOUND(20),
    /** The path is a directory where a file is needed, or the other way round. */
    ERR_FILE_KIND(21),
    /** The operating system refuses access. */
    ERR_FILE_PERMISSION(22),
    /**
     * No space left on the device, or over quota. The tail was rewound; retry when there is room.
     */
    ERR_NO_SPACE(23),
    /** The operating system reported another I/O error; the message carries errno. */
    ERR_IO(24),
    /** Reading a mapped range failed: the file was cut by another program, or the disk erred. */
    ERR_READ_FAULT(25),

    /** The log (or database, or view) is closed. */
    ERR_LOG_CLOSED(40),
    /** Another process or thread has the log open for writing; the message names its pid. */
    ERR_LOG_LOCKED(41),
    /** The log is open read-only. */
    ERR_LOG_READ_ONLY(42),
    /** Damage before the tail: something valid follows it. Opened read-only. */
    ERR_LOG_CORRUPT(43),
    /** An earlier write failed and could not be rewound; reopen the log. */
    ERR_LOG_FAILED(44),
    /** fdatasync failed: the log is read-only up to durableSince until it is reopened. */
    ERR_LOG_SYNC_FAILED(45),
    /** The format cannot address more bytes; the message names the migration. */
    ERR_LOG_FULL(46),
    /** The file is not of this format, or was written with another codec. */
    ERR_LOG_FORMAT(47),
    /** The file's format version is newer than this program. */
    ERR_LOG_VERSION(48),
    /** The durability level is not available on this log. */
    ERR_LEVEL_UNSUPPORTED(49),
    /** JavaScript's: too many appends wait for their callbacks; try again when some were called. */
    ERR_BACKPRESSURE(50),

    /** The sequence is not the start of a record. */
    ERR_SEQ_INVALID(60),
    /** The sequence is past the end of the log, or negative. */
    ERR_SEQ_RANGE(61),
    /** The record was deleted. */
    ERR_RECORD_DELETED(62),
    /** The record is larger than the format or the block allows. */
    ERR_RECORD_TOO_LARGE(63),
    /** The format cannot hold an empty record. */
    ERR_RECORD_EMPTY(64),

    /** The view does not know the key. */
    ERR_KEY_NOT_FOUND(80),
    /** The view failed and is being rebuilt, or cannot be. */
    ERR_VIEW_FAILED(81),
    /** No such view, or no such method on it. */
    ERR_VIEW_UNKNOWN(82),
    /** A query cannot be read; the message says where. */
    ERR_QUERY(83),
    /** A query would use more rows, memory or time than it may. */
    ERR_QUERY_LIMIT(84),

    /** No Java virtual machine of version 25 or later was found. */
    ERR_JAVA_NOT_FOUND(100),
    /** The Java virtual machine that is there is older than 25. */
    ERR_JAVA_VERSION(101),
    /** The Java virtual machine did not start. */
    ERR_JAVA_START(102);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    /** The number that crosses C; 0 is success and belongs to no code. */
    public int status() {
        return status;
    }
}
