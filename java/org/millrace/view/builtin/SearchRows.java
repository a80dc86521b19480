package org.millrace.view.builtin;

import org.millrace.view.Dictionary;
import org.millrace.view.Index;
import org.millrace.view.IndexKey;
import org.millrace.view.PostingList;
import org.millrace.view.Selection;
import org.millrace.view.ViewMethod;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The messages that have a word beginning with each of some terms, last first. Reads the log's
 * sequences slice by slice, from their end: as wide as there is little in them.
 *
 * <p><b>Threads.</b> One. Each batch is read while the view stands still.
 *
 * <p><b>Memory.</b> Of each term, {@value #POSTINGS_MAX} postings.
 */
final class SearchRows implements ViewMethod.Rows {
    /** No message has so many words. */
    private static final int POSTINGS_MAX = 4 * SearchView.WORDS_PER_MESSAGE_MAX;

    /** A slice with less is followed by a wider one. */
    private static final int POSTINGS_WANTED = POSTINGS_MAX / 16;

    private static final int STEP = 4;
    private static final int SLICES = 16;

    private final Index index;
    private final Dictionary dictionary;
    private final List<MemorySegment> terms;
    private final IndexKey key;
    private final PostingList postings = new PostingList();
    private long left;

    /** Nothing at or behind this sequence is to be read any more. */
    private long end;

    private long width;

    /** Of the last slice, those below {@link #rows} are to be given. */
    private long[] found = {};

    private int rows;
    private long[] gathered = new long[256];
    private int count;

    SearchRows(Index index, Dictionary dictionary, List<MemorySegment> terms, long limit) {
        this.index = index;
        this.dictionary = dictionary;
        this.terms = terms;
        this.key = index.key();
        this.left = limit;
        end = terms.isEmpty() ? 0 : index.lastSeq() + 1;
        width = end / SLICES + 1;
    }

    @Override
    public int next(long[] seqs) {
        while (rows == 0 && left > 0 && end > 0) {
            readSlice();
        }
        int given = (int) Math.min(Math.min(rows, seqs.length), left);
        for (int i = 0; i < given; i++) {
            seqs[i] = found[--rows];
        }
        left -= given;
        return given;
    }

    private void readSlice() {
        var slice = Selection.ofSeqs(Math.max(0, end - width), end);
        long[] common = null;
        int most = 0;
        for (var term : terms) {
            gather(term, slice);
            if (count > POSTINGS_MAX) {
                width = Math.max(1, width / STEP);
                return;
            }
            most = Math.max(most, count);
            long[] those = sorted();
            common = common == null ? those : common(common, those);
            if (common.length == 0) {
                break;
            }
        }
        found = common;
        rows = common.length;
        end -= Math.min(end, width);
        if (most < POSTINGS_WANTED) {
            width = Math.min(width * STEP, end + 1);
        }
    }

    /** Those of all words that begin so; stops when they are too many. */
    private void gather(MemorySegment term, Selection slice) {
        count = 0;
        if (dictionary.find(term) < 0) {
            gatherWord(term, slice); // the dictionary may have been full
        }
        for (int number = dictionary.next(term, 0);
                number >= 0 && count <= POSTINGS_MAX;
                number = dictionary.next(term, number + 1)) {
            gatherWord(dictionary.bytes(number), slice);
        }
    }

    private void gatherWord(MemorySegment word, Selection slice) {
        SearchView.keyOf(key, word, (int) word.byteSize());
        index.collect(key, slice, POSTINGS_MAX + 1 - count, postings);
        if (count + postings.size() > gathered.length) {
            gathered = Arrays.copyOf(gathered, (count + postings.size()) * 2);
        }
        for (int i = 0; i < postings.size(); i++) {
            gathered[count++] = postings.seq(i);
        }
    }

    /** What was gathered, each once. */
    private long[] sorted() {
        Arrays.sort(gathered, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || gathered[i] != gathered[i - 1]) {
                gathered[kept++] = gathered[i];
            }
        }
        return Arrays.copyOf(gathered, kept);
    }

    private static long[] common(long[] a, long[] b) {
        int kept = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            if (a[i] == b[j]) {
                a[kept++] = a[i];
            }
            boolean isBelow = a[i] <= b[j];
            j += a[i] >= b[j] ? 1 : 0;
            i += isBelow ? 1 : 0;
        }
        return Arrays.copyOf(a, kept);
    }
}
