package org.millrace.codec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The paths that a scan looks for: the {@link Field}s and any that a caller adds, as a tree.
 *
 * <p>A path is a list of keys, as in {@code ["value", "content", "name"]}; in an array a key is a
 * decimal index. Build it once, then share it: {@link #add} is not for use while scanners run.
 */
public final class Paths {
    private final Node record = new Node(Field.RECORD.ordinal(), null, null);
    private final List<Node> nodes = new ArrayList<>();

    public Paths() {
        nodes.add(record);
        for (Field field : Field.values()) {
            if (add(field.path()) != field.ordinal()) {
                throw new IllegalStateException(field + " stands before its parent");
            }
        }
    }

    /** Adds a path. Returns its slot: {@link Message#span(int)} has the value after a scan. */
    public int add(String... path) {
        Node node = record;
        for (String key : path) {
            Node child = node.named(key);
            if (child == null) {
                child = new Node(nodes.size(), key, node);
                nodes.add(child);
                node.adopt(child);
            }
            node = child;
        }
        return node.slot;
    }

    int slots() {
        return nodes.size();
    }

    Node node(Field field) {
        return nodes.get(field.ordinal());
    }

    /** One path: a key, and where to go on from there. */
    static final class Node {
        final int slot;
        final Node parent;

        /** Set where the key names a relation of a link: the children of the content. */
        final Relation relation;

        private final String name;
        private final byte[] key;
        private final int keyLength;
        private final List<Node> children = new ArrayList<>();

        /** Open addressing over {@link #head}; a power of two, at most half full. */
        private Node[] table = new Node[4];

        private final long head;

        private Node(int slot, String name, Node parent) {
            this.slot = slot;
            this.name = name;
            this.parent = parent;
            byte[] bytes = name == null ? new byte[0] : name.getBytes(StandardCharsets.UTF_8);
            keyLength = bytes.length;
            key = Arrays.copyOf(bytes, keyLength + Words.SPARE);
            head = Words.head(key, 0, Math.min(8, keyLength));
            boolean inContent = parent != null && parent.slot == Field.CONTENT.ordinal();
            relation = inContent ? Relation.of(name) : Relation.OTHER;
        }

        /** The child with this key, or null. The bytes are the key's text. */
        Node find(byte[] block, int at, int length) {
            long first = Words.head(block, at, Math.min(8, length));
            int mask = table.length - 1;
            for (int i = place(first, length) & mask; table[i] != null; i = i + 1 & mask) {
                Node child = table[i];
                if (child.head == first
                        && child.keyLength == length
                        && (length <= 8 || Words.equal(child.key, 0, length, block, at, length))) {
                    return child;
                }
            }
            return null;
        }

        /** The child for an array's element, or null. */
        Node find(int index) {
            return children.isEmpty() ? null : named(Integer.toString(index));
        }

        List<Node> children() {
            return children;
        }

        private Node named(String key) {
            for (Node child : children) {
                if (child.name.equals(key)) {
                    return child;
                }
            }
            return null;
        }

        private void adopt(Node child) {
            children.add(child);
            table = new Node[Integer.highestOneBit(children.size()) * 4];
            for (Node each : children) {
                int i = place(each.head, each.keyLength) & table.length - 1;
                while (table[i] != null) {
                    i = i + 1 & table.length - 1;
                }
                table[i] = each;
            }
        }

        private static int place(long head, int length) {
            return (int) ((head + length) * 0x9E37_79B9_7F4A_7C15L >>> 40);
        }
    }
}
