package org.millrace.view;

import org.millrace.format.BlockCrc;
import org.millrace.format.ViewManifest;
import org.millrace.format.ViewManifest.TableEntry;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.storage.Storage;
import org.millrace.storage.StoredFile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The files of one view: {@code manifest-<generation>} (the last two), {@code table-<number>},
 * {@code dictionary}.
 *
 * <p><b>Threads.</b> One.
 */
final class ViewFiles {
    private static final String MANIFEST = "manifest-";
    private static final String TABLE = "table-";

    private final Storage storage;
    private final Path directory;
    private long nextNumber = 1;

    ViewFiles(Storage storage, Path directory) {
        this.storage = storage;
        this.directory = directory;
        storage.createDirectories(directory);
        for (var name : storage.list(directory)) {
            nextNumber = Math.max(nextNumber, number(name.toString()) + 1);
        }
    }

    /** The manifests that can be read, newest first. */
    List<ViewManifest> manifests() {
        var found = new ArrayList<ViewManifest>();
        for (var name : storage.list(directory)) {
            if (name.toString().startsWith(MANIFEST) && !name.toString().endsWith(".new")) {
                var manifest = readManifest(directory.resolve(name));
                if (manifest != null) {
                    found.add(manifest);
                }
            }
        }
        found.sort((a, b) -> Long.compare(b.generation(), a.generation()));
        return found;
    }

    /** Makes a checkpoint the one that counts; durable on return. */
    void write(ViewManifest manifest) {
        var to = path(MANIFEST, manifest.generation());
        var partial = to.resolveSibling(to.getFileName() + ".new");
        try (var file = storage.open(partial, Storage.OpenMode.CREATE)) {
            file.truncate(0);
            file.write(0, manifest.toBytes());
            file.sync();
        }
        storage.move(partial, to);
        storage.syncDirectory(directory);
    }

    /** What fills a new file and makes it durable; gives the checksum for its entry. */
    @FunctionalInterface
    interface Content {
        int writeTo(StoredFile file);
    }

    /** Writes a file under the next number. */
    TableEntry write(int kind, Content content) {
        long number = nextNumber++;
        try (var file = storage.open(path(TABLE, number), Storage.OpenMode.CREATE)) {
            file.truncate(0);
            int crc = content.writeTo(file);
            return new TableEntry(number, file.size(), crc, kind);
        }
    }

    /** Writes a table and opens it. */
    <T> T write(int kind, Content content, BiFunction<StoredFile, TableEntry, T> as) {
        var entry = write(kind, content);
        var opened = open(entry, as);
        if (opened == null) {
            throw new MillraceException(
                    ErrorCode.ERR_READ_FAULT,
                    path(TABLE, entry.number()) + ": what was just written reads back otherwise");
        }
        return opened;
    }

    /** A number that no file has had. */
    long takeNumber() {
        return nextNumber++;
    }

    /** Null when it is not there or not the one that is meant. */
    <T> T open(TableEntry entry, BiFunction<StoredFile, TableEntry, T> as) {
        var path = path(TABLE, entry.number());
        try {
            return as.apply(storage.open(path, Storage.OpenMode.READ), entry);
        } catch (MillraceException e) {
            storage.makeRoom(path);
            return null;
        }
    }

    /** A state's bytes; null as above. */
    byte[] readState(TableEntry entry) {
        var path = path(TABLE, entry.number());
        try (var file = storage.open(path, Storage.OpenMode.READ)) {
            if (file.size() != entry.bytes()) {
                return null;
            }
            var bytes = new byte[(int) entry.bytes()];
            file.read(0, MemorySegment.ofArray(bytes));
            return BlockCrc.ofAll(MemorySegment.ofArray(bytes)) == entry.headerCrc() ? bytes : null;
        } catch (MillraceException e) {
            storage.makeRoom(path);
            return null;
        }
    }

    void deleteTable(long number) {
        delete(path(TABLE, number));
    }

    /** Puts bytes at the dictionary's end, durably. */
    void appendToDictionary(long at, MemorySegment bytes) {
        try (var file = storage.open(directory.resolve("dictionary"), Storage.OpenMode.CREATE)) {
            file.write(at, bytes);
            file.sync();
        }
    }

    /** Fills the dictionary from its file; false when that is not what the manifest means. */
    boolean readDictionary(ViewManifest manifest, Dictionary dictionary) {
        if (manifest.dictionaryBytes() == 0) {
            dictionary.clear();
            return true;
        }
        var path = directory.resolve("dictionary");
        try (var file = storage.open(path, Storage.OpenMode.READ);
                var arena = Arena.ofConfined()) {
            if (file.size() < manifest.dictionaryBytes()) {
                return false;
            }
            var bytes = arena.allocate(manifest.dictionaryBytes(), 8);
            file.read(0, bytes);
            return dictionary.restore(bytes, manifest.dictionaryCrc());
        } catch (MillraceException e) {
            storage.makeRoom(path);
            return false;
        }
    }

    /** Deletes all manifests and tables but these and what they need. */
    void deleteAllBut(List<ViewManifest> kept) {
        Set<Path> needed = new HashSet<>();
        for (var manifest : kept) {
            needed.add(path(MANIFEST, manifest.generation()));
            manifest.tables().forEach(table -> needed.add(path(TABLE, table.number())));
        }
        // Not synced: what a power cut brings back is a checkpoint like any other.
        for (var prefix : List.of(MANIFEST, TABLE)) {
            for (var name : storage.list(directory)) {
                var path = directory.resolve(name);
                if (name.toString().startsWith(prefix) && !needed.contains(path)) {
                    delete(path);
                }
            }
        }
    }

    /** Removes the view from the disk. */
    void destroy() {
        deleteAllBut(List.of());
        delete(directory.resolve("dictionary"));
        delete(directory);
        storage.syncDirectory(directory.getParent());
    }

    private void delete(Path path) {
        if (storage.exists(path)) {
            storage.delete(path);
        }
    }

    private ViewManifest readManifest(Path path) {
        try (var file = storage.open(path, Storage.OpenMode.READ);
                var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(Math.max(file.size(), 1), 8).asSlice(0, file.size());
            file.read(0, bytes);
            var manifest = ViewManifest.of(bytes);
            // Under another name it would be taken for an older or newer one.
            boolean isItself =
                    manifest != null && path.equals(path(MANIFEST, manifest.generation()));
            return isItself ? manifest : null;
        } catch (MillraceException e) {
            storage.makeRoom(path);
            return null;
        }
    }

    private Path path(String prefix, long number) {
        return directory.resolve(prefix + String.format(Locale.ROOT, "%012d", number));
    }

    private static long number(String name) {
        try {
            return Long.parseLong(name.replaceAll("\\D", ""));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
