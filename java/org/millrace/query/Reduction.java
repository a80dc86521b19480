package org.millrace.query;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code $reduce}: counts, sums, extremes, collections, alone or by groups. Rules that only read a
 * value are what groups are made of; groups come out in their typewise order.
 *
 * @param keys of the groups, in the order of the query; none: everything is one
 */
record Reduction(Node root, List<Key> keys) {
    /** One value that groups have in common: where it stands in the group, how a row gives it. */
    record Key(List<String> place, Rule rule) {}

    /** Next state of a part, from the state before and a row. Undefined before the first row. */
    sealed interface Node {
        Object next(Object state, Object row, Budget budget);
    }

    /** A value that the group has in common. */
    record Common(Rule rule) implements Node {
        @Override
        public Object next(Object state, Object row, Budget budget) {
            return rule.of(row);
        }
    }

    record Members(Map<String, Node> nodes) implements Node {
        @Override
        public Object next(Object state, Object row, Budget budget) {
            @SuppressWarnings("unchecked")
            var members = state instanceof Map<?, ?> ? (Map<String, Object>) state : begin(budget);
            nodes.forEach(
                    (key, node) -> members.put(key, node.next(members.get(key), row, budget)));
            return members;
        }

        private Map<String, Object> begin(Budget budget) {
            budget.take(64L * (nodes.size() + 1));
            return new LinkedHashMap<>();
        }
    }

    record Fold(Function function, Rule rule) implements Node {
        @Override
        public Object next(Object state, Object row, Budget budget) {
            Object value = function == Function.COUNT ? null : rule.of(row);
            return function.next(state, value, budget);
        }
    }

    /** With JavaScript's conversions, and the package's own: an undefined state is no operand. */
    enum Function {
        COUNT,
        SUM,
        PRODUCT,
        MAX,
        MIN,
        COLLECT;

        Object next(Object state, Object value, Budget budget) {
            return switch (this) {
                case COUNT -> (Js.isTruthy(state) ? Js.toNumber(state) : 0) + 1;
                case SUM -> number(state) + number(value);
                case PRODUCT -> factor(state) * factor(value);
                case MAX -> state == null ? value : (Object) max(state, value);
                case MIN -> state == null ? value : (Object) min(state, value);
                case COLLECT -> collect(state, value, budget);
            };
        }

        private static double number(Object value) {
            double number = Js.toNumber(value);
            return Double.isNaN(number) ? 0 : number;
        }

        private static double factor(Object value) {
            return Js.isTruthy(value) ? Js.toNumber(value) : 1;
        }

        private static double max(Object a, Object b) {
            return Math.max(Js.toNumber(a), Js.toNumber(b));
        }

        private static double min(Object a, Object b) {
            return Math.min(Js.toNumber(a), Js.toNumber(b));
        }

        @SuppressWarnings("unchecked")
        private static Object collect(Object state, Object value, Budget budget) {
            budget.take(value);
            var list = state instanceof List<?> ? (List<Object>) state : new ArrayList<Object>();
            if (Js.isTruthy(state) && !(state instanceof List)) {
                list.add(state);
            }
            list.add(value);
            return list;
        }
    }

    Run run(Budget budget) {
        return new Run(budget);
    }

    /** The state of one run. */
    final class Run {
        private final Budget budget;
        private final List<Object> groups = new ArrayList<>();

        /** Without groups; null, as the package begins. */
        private Object state = Js.NULL;

        private Run(Budget budget) {
            this.budget = budget;
        }

        void take(Object row) {
            if (keys.isEmpty()) {
                state = root.next(state, row, budget);
                return;
            }
            var needle = new ArrayList<Object>(keys.size());
            for (var key : keys) {
                needle.add(key.rule.of(row));
            }
            int at = search(needle);
            if (at >= 0) {
                groups.set(at, root.next(groups.get(at), row, budget));
            } else {
                Object group = root.next(null, row, budget);
                budget.take(group);
                groups.add(~at, group);
            }
        }

        /** What an array holds and an object's members come out one by one. */
        List<Object> rows() {
            if (!keys.isEmpty()) {
                return groups;
            }
            return switch (state) {
                case null -> List.of();
                case Map<?, ?> map -> new ArrayList<>(map.values());
                case List<?> list -> new ArrayList<>(list);
                default -> state == Js.NULL ? List.of() : List.of(state);
            };
        }

        private int search(List<Object> needle) {
            int low = 0;
            int high = groups.size() - 1;
            while (low <= high) {
                int middle = low + high >>> 1;
                int order = compare(groups.get(middle), needle);
                if (order == 0) {
                    return middle;
                }
                if (order < 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return ~low;
        }

        private int compare(Object group, List<Object> needle) {
            Comparator<Object> typewise = Js::compareTypes;
            for (int i = 0; i < keys.size(); i++) {
                Object at = group;
                for (String key : keys.get(i).place) {
                    at = Js.get(at, key);
                }
                int order = typewise.compare(at, needle.get(i));
                // The package compares arrays once and looks no further.
                if (order != 0 || Js.list(at) != null) {
                    return order;
                }
            }
            return 0;
        }
    }
}
