package org.millrace.query;

import java.util.List;

/**
 * In which order rows come: by the values at places, typewise, and by sequence among equals. No
 * places: as they stand in the log.
 */
record Order(List<Place> places) {
    static final Order LOG = new Order(List.of());

    static Order by(Place... places) {
        return new Order(List.of(places));
    }

    /** The one place that decides, when it is a time or a message number; else null. */
    Place number() {
        if (places.size() != 1) {
            return null;
        }
        var place = places.getFirst();
        boolean isNumber =
                place.isComputed()
                        || place.equals(Place.RECEIVED)
                        || place.equals(Place.CLAIMED)
                        || place.equals(Place.SEQUENCE);
        return isNumber ? place : null;
    }

    boolean isLog() {
        return places.isEmpty();
    }

    @Override
    public String toString() {
        return isLog() ? "log" : places.stream().map(Place::toString).toList().toString();
    }
}
