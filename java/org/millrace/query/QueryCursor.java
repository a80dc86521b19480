package org.millrace.query;

import org.millrace.log.Cursor;
import org.millrace.log.Gather;
import org.millrace.log.Range;
import org.millrace.memory.RecordBatch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The rows of one run of a query: records as they stand in the log, or what {@code $map} and {@code
 * $reduce} made of them, as JSON. The old ones first, then, when the query is live, what is
 * appended.
 *
 * <p><b>Threads.</b> One at a time; {@link #cancel} from any.
 *
 * <p><b>Memory.</b> One record, and what sorting and grouping keep ({@link Budget.Limits}).
 */
public final class QueryCursor implements Cursor {
    private final QueryEngine engine;
    private final Query query;
    private final Budget budget;
    private final long since;
    private final long epoch;
    private final Row row;

    /** What it gave, for the next who asks; null when nobody will. */
    private final Answer.Notes notes;

    /** What the stages made and nobody took yet. */
    private final ArrayDeque<Object> made = new ArrayDeque<>();

    private final List<Stage> stages = new ArrayList<>();
    private final List<Consumer<Object>> inlets = new ArrayList<>();
    private Plan plan;

    /** Where records come from now; null before the first and behind the last. */
    private Matches matches;

    private boolean isLive;
    private boolean isOver;

    /** The row that comes next, when it did not fit: text, or null for the record at hand. */
    private byte[] text;

    private boolean isWaiting;
    private long skipped;
    private long given;

    QueryCursor(QueryEngine engine, Query query, Answer.Standing standing, Answer.Notes notes) {
        this.engine = engine;
        this.query = query;
        this.epoch = standing.epoch();
        this.since = standing.since();
        this.notes = notes;
        budget = new Budget(query.options.limits());
        row = new Row(query.record);
        Consumer<Object> outlet = made::add;
        for (int i = query.stages.size() - 1; i >= 0; i--) {
            var stage = query.stages.get(i).make(budget);
            var next = outlet;
            stages.addFirst(stage);
            inlets.addFirst(next);
            outlet = row -> stage.row(row, next);
        }
        inlets.addFirst(outlet);
    }

    /** Ends it with ERR_CANCELLED where it is. */
    @Override
    public void cancel() {
        budget.cancel();
    }

    /** False when the next rows take so long that another thread should look for them. */
    @Override
    public boolean isReady() {
        if (plan == null) {
            if (!engine.reach(since)) {
                return false;
            }
            plan = engine.plan(query, epoch);
        }
        return plan.isLight(since) || isLive || isOver;
    }

    @Override
    public int next(RecordBatch batch) {
        batch.clear();
        budget.begin();
        try {
            budget.check();
            while (!isOver) {
                if (!isWaiting && !advance()) {
                    finish(!query.options.live());
                    break;
                }
                isWaiting = true;
                if (!put(batch)) {
                    break;
                }
                isWaiting = false;
                if (notes != null) {
                    notes.add(matches.seq, text);
                }
                text = null;
                budget.row(++given);
                finish(given == query.options.limit());
            }
        } finally {
            budget.end();
        }
        return batch.count();
    }

    private void finish(boolean isOver) {
        this.isOver = isOver;
        if (isOver && notes != null) {
            notes.keep();
        }
    }

    @Override
    public boolean isOver() {
        return isOver;
    }

    @Override
    public void close() {
        isOver = true;
        if (matches != null) {
            matches.close();
            matches = null;
        }
    }

    /** Goes to the next row; false when there is none now. */
    private boolean advance() {
        if (plan == null) {
            engine.await(since);
            plan = engine.plan(query, epoch);
        }
        if (matches == null && !begin()) {
            return false;
        }
        do {
            if (!advanceOne()) {
                return false;
            }
        } while (skipped++ < query.options.skip());
        return true;
    }

    private boolean advanceOne() {
        while (made.isEmpty()) {
            if (!matches.next()) {
                if (isLive || !endOld()) {
                    return false;
                }
            } else if (stages.isEmpty()) {
                return true;
            } else {
                inlets.getFirst().accept(row.over(matches.message));
            }
        }
        text = JsonRow.of(made.poll()).getBytes(StandardCharsets.UTF_8);
        return true;
    }

    /** What was there has been read: stages that gather speak; then live. False when it is over. */
    private boolean endOld() {
        for (int i = 0; i < stages.size(); i++) {
            stages.get(i).end(inlets.get(i + 1));
        }
        matches.close();
        matches = query.options.live() ? live() : none();
        isLive = true;
        return !made.isEmpty() || query.options.live();
    }

    private boolean begin() {
        if (query.options.old() && since >= 0) {
            var found = old();
            matches = query.sort == null ? found : sorted(query.sort, found);
            return true;
        }
        matches = query.options.live() ? live() : none();
        isLive = true;
        return query.options.live();
    }

    private Matches live() {
        var unhurried = new Budget(query.options.limits().withoutTime());
        return new Matches.OfLog(engine, query, Range.after(since), Long.MAX_VALUE, unhurried);
    }

    private Matches none() {
        return of(Filter.ALL, () -> -1, false);
    }

    private Matches old() {
        boolean reverse = query.options.reverse();
        if (plan.access() instanceof Access.Scan) {
            var range = new Range(-1, false, since, true, reverse, -1);
            var all = new Matches.OfLog(engine, query, range, since, budget);
            all.remember(engine.memory(), epoch);
            return plan.mode() == Plan.Mode.STREAM ? all : sorted(all);
        }
        boolean isRemembered = plan.access() instanceof Access.Remembered;
        if (query.isCount && plan.isExact() && !isRemembered) {
            return counted(count());
        }
        return switch (plan.mode()) {
            case STREAM -> of(plan.residual(), inOrder(reverse), !query.isPlain());
            case REORDER -> {
                var nearly = of(plan.residual(), inOrder(true), true);
                var field = query.orderFields.getFirst();
                yield again(Candidates.reordered(field, nearly, budget));
            }
            case SORT_SEQUENCES -> of(plan.residual(), gathered(reverse), !query.isPlain());
            case SORT_VALUES -> sorted(of(plan.residual(), gathered(false), true));
        };
    }

    private long count() {
        // The plan counted once since was known: while it stands, nothing newer was counted.
        boolean isCounted = plan.isCount() && engine.log().since() == since;
        return isCounted
                ? plan.access().rows()
                : Access.gather(plan.access(), since, budget).length;
    }

    private Candidates inOrder(boolean reverse) {
        return Candidates.of((Access.Postings) plan.access(), reverse, since);
    }

    private Candidates gathered(boolean reverse) {
        long[] seqs =
                plan.access() instanceof Access.Remembered(var found, _)
                        ? caughtUp(found)
                        : Access.gather(plan.access(), since, budget);
        return Candidates.of(seqs, reverse);
    }

    /** What an earlier scan found, and what there is since. */
    private long[] caughtUp(ScanMemory.Found found) {
        var range = new Range(found.upTo(), false, since, true, false, -1);
        if (found.upTo() < since) {
            try (var tail = new Matches.OfLog(engine, query, range, since, budget)) {
                tail.remember(engine.memory(), epoch, found);
                while (tail.next()) {
                    continue;
                }
                return tail.remembered();
            }
        }
        return found.upTo(since);
    }

    private Matches sorted(Matches unsorted) {
        try (unsorted) {
            return again(Candidates.sorted(query, unsorted, budget));
        }
    }

    private Matches sorted(SortOrder order, Matches unsorted) {
        try (unsorted) {
            var candidates = Candidates.sorted(order, row, unsorted, budget);
            return of(Filter.ALL, candidates, !stages.isEmpty());
        }
    }

    /** The number is known: no record is looked at. */
    private Matches counted(long count) {
        if (count > 0) {
            made.add((double) count);
        }
        stages.clear();
        return none();
    }

    /** Records that have been checked. */
    private Matches again(Candidates candidates) {
        return of(Filter.ALL, candidates, !query.isPlain());
    }

    private Matches of(Filter filter, Candidates candidates, boolean isScanned) {
        return new Matches.OfSequences(engine, epoch, query, filter, isScanned, candidates, budget);
    }

    /** Copies the row into the batch; false when there is no room left. */
    private boolean put(RecordBatch batch) {
        if (text != null) {
            return Gather.row(MemorySegment.ofArray(text), 0, text.length, matches.seq, batch);
        }
        return Gather.row(matches.block, matches.offset, matches.length, matches.seq, batch);
    }
}
