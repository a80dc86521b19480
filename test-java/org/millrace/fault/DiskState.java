package org.millrace.fault;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a disk certainly holds at one moment of a recording, and what it may hold besides: changes
 * that no sync has covered yet.
 */
final class DiskState {
    /** A change and its position in the recording. */
    private record Pending<T>(int position, T op) {}

    private final Map<Path, Integer> names;
    private final Map<Integer, MemoryFile> contents = new HashMap<>();
    private final Set<Path> directories;
    private final Map<Integer, List<Pending<Op.Data>>> pendingData = new HashMap<>();
    private final Map<Path, List<Pending<Op.Name>>> pendingNames = new HashMap<>();
    private int acknowledged;

    DiskState(RecordingStorage recording) {
        names = new HashMap<>(recording.startFiles());
        names.forEach((path, file) -> contents.put(file, recording.start().content(path)));
        directories = new HashSet<>(recording.start().directories());
    }

    /** How many records the subject has acknowledged so far. */
    int acknowledged() {
        return acknowledged;
    }

    boolean hasPending() {
        return !pendingData.isEmpty() || !pendingNames.isEmpty();
    }

    /** Takes the next operation of the recording. */
    void advance(int position, Op op) {
        switch (op) {
            case Op.Data data ->
                    pendingData
                            .computeIfAbsent(data.file(), _ -> new ArrayList<>())
                            .add(new Pending<>(position, data));
            case Op.Name name ->
                    pendingNames
                            .computeIfAbsent(name.directory(), _ -> new ArrayList<>())
                            .add(new Pending<>(position, name));
            case Op.Sync sync -> settle(sync);
            case Op.SyncDirectory sync -> settle(sync);
            case Op.MakeDirectories made -> directories.add(made.path());
            case Op.Acknowledge acknowledge -> acknowledged = acknowledge.records();
        }
    }

    /** The disk that a crash now leaves, if {@code fate} decides about what is pending. */
    MemoryStorage image(Fate fate) {
        var imageNames = new HashMap<>(names);
        for (var pending : pendingNames.values()) {
            int kept = fate.keptNames(pending.size());
            for (var name : pending.subList(0, kept)) {
                apply(name.op(), imageNames);
            }
        }
        var image = new MemoryStorage();
        directories.forEach(image::createDirectories);
        imageNames.forEach((path, file) -> image.put(path, content(file, fate)));
        return image;
    }

    private MemoryFile content(int file, Fate fate) {
        var content = contents.computeIfAbsent(file, _ -> new MemoryFile()).copyWritten();
        var pending = pendingData.getOrDefault(file, List.of());
        int durableSize = content.size();
        fate.beginFile(pending.size());
        for (int i = 0; i < pending.size(); i++) {
            fate.apply(i, pending.get(i).op(), content, durableSize);
        }
        return content.copyWritten();
    }

    private void settle(Op.Sync sync) {
        var pending = pendingData.getOrDefault(sync.file(), List.of());
        var content = contents.computeIfAbsent(sync.file(), _ -> new MemoryFile()).copyWritten();
        int covered = covered(pending, sync.covers());
        for (var data : pending.subList(0, covered)) {
            Fate.applyWhole(data.op(), content);
        }
        contents.put(sync.file(), content);
        drop(pendingData, sync.file(), covered);
    }

    private void settle(Op.SyncDirectory sync) {
        var pending = pendingNames.getOrDefault(sync.path(), List.of());
        int covered = covered(pending, sync.covers());
        for (var name : pending.subList(0, covered)) {
            apply(name.op(), names);
        }
        drop(pendingNames, sync.path(), covered);
    }

    private static <T> int covered(List<Pending<T>> pending, int covers) {
        int covered = 0;
        while (covered < pending.size() && pending.get(covered).position() < covers) {
            covered++;
        }
        return covered;
    }

    private static <K, T> void drop(Map<K, List<T>> pending, K key, int count) {
        var list = pending.get(key);
        if (list != null) {
            list.subList(0, count).clear();
            if (list.isEmpty()) {
                pending.remove(key);
            }
        }
    }

    private static void apply(Op.Name op, Map<Path, Integer> names) {
        switch (op) {
            case Op.Create create -> names.put(create.path(), create.file());
            case Op.Delete delete -> names.remove(delete.path());
            case Op.Move move -> {
                var file = names.remove(move.from());
                if (file != null) { // else its creation elsewhere was lost
                    names.put(move.to(), file);
                }
            }
        }
    }
}
