package org.millrace.view;

import org.millrace.format.ViewManifest;

import java.lang.foreign.MemorySegment;

/**
 * A {@link Dictionary} on disk: texts come at the end only, and a checkpoint says how many bytes of
 * the file it means.
 *
 * <p><b>Threads.</b> {@link #save} beside reads and appends; all else while the view stands still.
 */
final class DictionaryFile {
    private final Dictionary dictionary;
    private int savedBytes;
    private MemorySegment frozen;
    private int frozenCrc;

    DictionaryFile(Dictionary dictionary) {
        this.dictionary = dictionary;
    }

    /** False when the file is not what the manifest means. */
    boolean restore(ViewManifest manifest, ViewFiles files) {
        savedBytes = (int) manifest.dictionaryBytes();
        return files.readDictionary(manifest, dictionary);
    }

    /** Sets aside what {@link #save} will write. */
    void freeze() {
        frozen = dictionary.fileBytes(savedBytes);
        frozenCrc = dictionary.fileCrc();
    }

    /** Writes what was frozen; may be tried again after a failure. */
    void save(ViewFiles files) {
        if (frozen.byteSize() > 0) {
            files.appendToDictionary(savedBytes, frozen);
        }
    }

    /** Length of the file with what was frozen. */
    long bytes() {
        return savedBytes + frozen.byteSize();
    }

    /** Checksum of that. */
    int crc() {
        return frozenCrc;
    }

    /** What was frozen is in a checkpoint that counts. */
    void publish() {
        savedBytes += (int) frozen.byteSize();
    }

    void clear() {
        dictionary.clear();
        savedBytes = 0;
    }
}
