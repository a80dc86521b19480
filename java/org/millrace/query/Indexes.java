package org.millrace.query;

import org.millrace.view.MountedView;
import org.millrace.view.ViewMethod;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which views lead to what a filter wants. Knows the built-in views by kind and what each stores;
 * those that are not mounted are done without.
 *
 * <p>The views see what SSB calls a message: times and message numbers that are numbers, one record
 * for an id.
 */
final class Indexes {
    /** Places that hold a link, and the relation under which backlinks and links keep it. */
    private static final Map<Place, String> RELATIONS =
            Map.of(
                    Place.content("root"),
                    "root",
                    Place.content("branch"),
                    "branch",
                    Place.content("fork"),
                    "fork",
                    Place.content("vote", "link"),
                    "vote",
                    Place.content("about"),
                    "about",
                    Place.content("contact"),
                    "contact",
                    Place.MENTIONS,
                    "mention");

    private static final String HASH = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\\.";
    private static final Pattern REFERENCE =
            Pattern.compile(
                    "@%1$s(ed25519|sha256)|%%%1$s(sha256|cloaked)|&%1$ssha256".formatted(HASH));

    private static final List<String> LINK = List.of("link");
    private static final Place TYPE = Place.content("type");
    private static final Place CHANNEL = Place.content("channel");

    private final Map<String, MountedView> views;

    /**
     * @param views by the kind of built-in view: keys, feeds, backlinks, ...
     */
    Indexes(Map<String, MountedView> views) {
        this.views = views;
    }

    /** Every way there is to the records that all of these want. */
    List<Access> of(List<Filter> conjuncts) {
        var found = new ArrayList<Access>();
        var texts = new HashMap<Place, Filter.Test>();
        for (var part : conjuncts) {
            if (part instanceof Filter.Test test && test.isEqual() && isText(test)) {
                texts.put(test.place(), test);
            }
        }
        byType(texts, conjuncts, found);
        byAuthor(texts.get(Place.AUTHOR), conjuncts, found);
        byKey(texts.get(Place.KEY), found);
        for (var part : conjuncts) {
            byLink(part, found);
            if (part instanceof Filter.Or or) {
                byAny(or, or.parts(), found);
            } else if (part instanceof Filter.Sequences(var sorted)) {
                found.add(new Access.Known("sequences", sorted, Set.of(part)));
            } else if (part instanceof Filter.Test test) {
                byList(test, found);
            }
        }
        byTime(conjuncts, found);
        return found;
    }

    /** All records by time, for a query that wants them so; null without the view. */
    Access byTime(Place order) {
        var found = new ArrayList<Access>();
        if (Place.RECEIVED.equals(order) || Place.CLAIMED.equals(order)) {
            times(order, new Bounds(), found);
        }
        return found.isEmpty() ? null : found.getFirst();
    }

    private void byType(Map<Place, Filter.Test> texts, List<Filter> conjuncts, List<Access> found) {
        var type = texts.get(TYPE);
        var author = texts.get(Place.AUTHOR);
        var channel = texts.get(CHANNEL);
        var view = views.get("type");
        if (view == null || type == null && channel == null) {
            return;
        }
        var bounds = new Bounds();
        if (type != null) {
            bounds.put("type", type);
        }
        if (channel != null) {
            bounds.put("channel", channel);
        } else if (author != null) {
            bounds.put("author", author);
        }
        bounds.range(Place.RECEIVED, conjuncts, false);
        found.add(postings("type", view, "read", bounds, Set.of(Place.RECEIVED)));
    }

    private void byAuthor(Filter.Test author, List<Filter> conjuncts, List<Access> found) {
        var view = views.get("feeds");
        if (view != null && author != null) {
            var bounds = new Bounds();
            bounds.put("id", author);
            bounds.range(Place.SEQUENCE, conjuncts, true);
            found.add(postings("feeds", view, "read", bounds, Set.of(Place.SEQUENCE)));
        }
    }

    private void byKey(Filter.Test key, List<Access> found) {
        var view = views.get("keys");
        if (view != null && key != null) {
            var lookup = view.method("get", ViewMethod.Lookup.class);
            long seq = view.find(lookup, bytes((String) key.argument()));
            long[] known = seq < 0 ? new long[0] : new long[] {seq};
            found.add(new Access.Known("keys", known, Set.of(key)));
        }
    }

    private void byLink(Filter part, List<Access> found) {
        Place place;
        Object target;
        switch (part) {
            case Filter.Test test when test.isEqual() -> {
                place = test.place();
                target = test.argument();
            }
            case Filter.Includes includes -> {
                place = includes.place();
                target = includes.target();
            }
            default -> {
                return;
            }
        }
        String relation = RELATIONS.get(place);
        if (relation == null || !(target instanceof String id) || !isReference(id)) {
            return;
        }
        var backlinks = views.get("backlinks");
        var links = views.get("links");
        var bounds = new Bounds();
        if (backlinks != null) {
            byBacklink(backlinks, part, id, relation, found);
        } else if (links != null && !place.equals(Place.MENTIONS)) {
            bounds.options.putAll(Map.of("dest", id, "rel", relation));
            found.add(postings("links", links, "read", bounds, Set.of(Place.RECEIVED)));
        }
    }

    /** What the relation says of the messages is all that is asked, unless one of them is odd. */
    private static void byBacklink(
            MountedView view, Filter part, String id, String relation, List<Access> found) {
        var bounds = new Bounds();
        bounds.options.put("id", id);
        boolean isNamed = count(view, "elsewhere", bounds.options) == 0;
        boolean isPunctual = count(view, "postdated", bounds.options) == 0;
        bounds.options.put("relation", relation);
        boolean isPlucked =
                !(part instanceof Filter.Includes includes) || LINK.equals(includes.pluck());
        if (isNamed && isPlucked && !relation.equals("branch")) {
            bounds.covers.add(part);
        }
        if (isNamed && relation.equals("vote")) {
            bounds.covers.add(new Filter.Test(TYPE, Operator.EQ, "vote"));
        }
        var orders = Set.of(Place.ASSERTED, Place.RTS);
        if (isPunctual) {
            bounds.covers.add(new Filter.Test(Place.CLAIMED, Operator.PRESENT, null));
            bounds.covers.add(new Filter.Test(Place.RECEIVED, Operator.PRESENT, null));
            orders = Set.of(Place.ASSERTED, Place.RTS, Place.CLAIMED);
        }
        found.add(postings("backlinks", view, "read", bounds, orders));
    }

    private void byAny(Filter whole, List<Filter> parts, List<Access> found) {
        var ways = new ArrayList<Access>();
        boolean isExact = true;
        for (var part : parts) {
            var best = best(of(Filter.conjuncts(part)));
            if (best == null) {
                return;
            }
            isExact &= best.covers().containsAll(Filter.conjuncts(part));
            ways.add(best);
        }
        found.add(new Access.Union(ways, isExact ? Set.of(whole) : Set.of()));
    }

    /** One of a list of texts. */
    private void byList(Filter.Test test, List<Access> found) {
        if (test.operator() != Operator.IN || !(test.argument() instanceof List<?> list)) {
            return;
        }
        var parts = new ArrayList<Filter>();
        for (Object each : list) {
            parts.add(new Filter.Test(test.place(), Operator.EQ, each));
        }
        byAny(test, parts, found);
    }

    private void byTime(List<Filter> conjuncts, List<Access> found) {
        for (var place : List.of(Place.RECEIVED, Place.CLAIMED)) {
            var bounds = new Bounds();
            bounds.range(place, conjuncts, false);
            if (!bounds.covers.isEmpty()) {
                times(place, bounds, found);
            }
        }
        // What was asserted to be later than a time was received later.
        for (var place : List.of(Place.ASSERTED, Place.RTS)) {
            var bounds = new Bounds();
            bounds.range(place, conjuncts, false);
            bounds.options.keySet().removeAll(List.of("lt", "lte"));
            bounds.covers.clear();
            if (!bounds.options.isEmpty()) {
                times(Place.RECEIVED, bounds, found);
            }
        }
    }

    private void times(Place place, Bounds bounds, List<Access> found) {
        var view = views.get("time");
        if (view != null) {
            String method = place.equals(Place.CLAIMED) ? "claimed" : "received";
            var counted = new HashMap<>(bounds.options);
            counted.put("by", method);
            long rows = count(view, counted);
            found.add(
                    new Access.Postings(
                            "time",
                            view,
                            method,
                            bounds.options,
                            Set.of(place),
                            rows,
                            bounds.covers));
        }
    }

    /** The one that leads to the fewest records; null when there is none. */
    static Access best(List<Access> ways) {
        Access best = null;
        for (var way : ways) {
            if (best == null || way.rows() < best.rows()) {
                best = way;
            }
        }
        return best;
    }

    private static Access postings(
            String kind, MountedView view, String method, Bounds bounds, Set<Place> orders) {
        long rows = count(view, bounds.options);
        return new Access.Postings(kind, view, method, bounds.options, orders, rows, bounds.covers);
    }

    private static long count(MountedView view, Map<String, String> options) {
        return count(view, "count", options);
    }

    private static long count(MountedView view, String method, Map<String, String> options) {
        var count = view.method(method, ViewMethod.Value.class);
        return Long.parseLong(view.read(_ -> count.read(options)));
    }

    private static boolean isText(Filter.Test test) {
        return test.argument() instanceof String;
    }

    /** Whether a scan sees this text as a link and views keep it under itself. */
    private static boolean isReference(String id) {
        return REFERENCE.matcher(id).matches();
    }

    private static MemorySegment bytes(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return Arena.ofAuto()
                .allocate(Math.max(1, utf8.length), 8)
                .asSlice(0, utf8.length)
                .copyFrom(MemorySegment.ofArray(utf8));
    }
}
