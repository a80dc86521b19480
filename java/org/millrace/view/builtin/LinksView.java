package org.millrace.view.builtin;

import org.millrace.codec.Link;
import org.millrace.codec.Message;
import org.millrace.codec.Paths;
import org.millrace.codec.Relation;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.MessageReader;
import org.millrace.view.Options;
import org.millrace.view.Selection;
import org.millrace.view.Texts;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;
import org.millrace.view.ViewStore;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Links by relation, as ssb-db's {@code links} sees them: the content's key is the relation, and
 * holds the reference, an object whose {@code link} it is, or a list of those. By when the messages
 * were received.
 *
 * <ul>
 *   <li>{@code read} source: {@code dest} or {@code source} (an author) or both, and {@code rel},
 *       or not. Bounds in milliseconds
 *   <li>{@code count} value: the same options; how many messages
 * </ul>
 *
 * <p>Stored are the messages of each end, and as flags the relations that {@link Relation} names.
 * What a question asks beyond that, both ends or another relation, is looked up in the messages.
 */
public final class LinksView implements View {
    private static final int DEST = 1;
    private static final int SOURCE = 2;
    private static final int BATCH = 256;

    private final Index index;
    private final MessageReader messages;
    private final IndexKey key;
    private final Map<String, ViewMethod> methods;

    public LinksView(ViewStore store) {
        index = store.index();
        messages = store.messages();
        key = index.key();
        ViewMethod.Source read = this::read;
        ViewMethod.Value count = options -> Long.toString(count(options));
        methods = Map.of("read", read, "count", count);
    }

    @Override
    public int version() {
        return 2;
    }

    @Override
    public void append(long seq, Message message) {
        long order = Long.MIN_VALUE;
        long relations = 0;
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            if (isLink(link)) {
                if (relations == 0) {
                    order = Selection.orderOfTime(message.receivedTimestamp());
                }
                long relation = 1L << link.relation().ordinal();
                index.add(key.space(DEST).add(link), order, seq, relation);
                relations |= relation;
            }
        }
        if (relations != 0 && message.author().isString()) {
            index.add(key.space(SOURCE).add(message.author()), order, seq, relations);
        }
    }

    @Override
    public boolean isRepeatable() {
        return true;
    }

    @Override
    public boolean isMovable() {
        return true;
    }

    @Override
    public Map<String, ViewMethod> methods() {
        return methods;
    }

    private static boolean isLink(Link link) {
        return link.direct() && !BacklinksView.isChannel(link);
    }

    private ViewMethod.Rows read(Map<String, String> options) {
        var source = options.get("source");
        var dest = source == null ? Options.text(options, "dest") : options.get("dest");
        var rel = options.get("rel");
        var wanted = Selection.ofTimes(options);
        var relation = rel == null ? null : relation(rel);
        if (relation != null) {
            wanted.flags(1L << relation.ordinal());
        }
        var of =
                dest != null
                        ? index.key().space(DEST).add(dest)
                        : index.key().space(SOURCE).add(source);
        boolean isExact = (source == null || dest == null) && relation != Relation.OTHER;
        if (isExact) {
            return index.rows(of, wanted);
        }
        long limit = wanted.takeLimit();
        return new FilteredRows(index.rows(of, wanted), new Question(source, dest, rel), limit);
    }

    private long count(Map<String, String> options) {
        var rows = read(options);
        long[] seqs = new long[BATCH];
        long count = 0;
        for (int n = rows.next(seqs); n > 0; n = rows.next(seqs)) {
            count += n;
        }
        return count;
    }

    private static Relation relation(String rel) {
        return switch (rel) {
            case "root" -> Relation.ROOT;
            case "branch" -> Relation.BRANCH;
            case "fork" -> Relation.FORK;
            case "vote" -> Relation.VOTE;
            case "mentions" -> Relation.MENTION;
            case "about" -> Relation.ABOUT;
            case "contact" -> Relation.CONTACT;
            default -> Relation.OTHER;
        };
    }

    /** What a message must have; null = anything. */
    private final class Question implements FilteredRows.Filter {
        private final MessageReader.Reading reading = messages.reading(new Paths());
        private final String source;
        private final MemorySegment dest;
        private final MemorySegment rel;

        Question(String source, String dest, String rel) {
            this.source = source;
            this.dest = dest == null ? null : Texts.bytes(dest);
            this.rel = rel == null ? null : Texts.bytes(rel);
        }

        @Override
        public boolean accepts(long seq) {
            return Boolean.TRUE.equals(reading.read(seq, this::isAnswer));
        }

        private boolean isAnswer(Message message) {
            if (source != null && !source.equals(message.author().text())) {
                return false;
            }
            for (int i = 0; i < message.linkCount(); i++) {
                var link = message.link(i);
                boolean fits =
                        isLink(link)
                                && (dest == null || link.contentEquals(dest, 0, dest.byteSize()))
                                && (rel == null
                                        || link.relationKey()
                                                .contentEquals(rel, 0, rel.byteSize()));
                if (fits) {
                    return true;
                }
            }
            return false;
        }
    }
}
