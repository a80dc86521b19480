package org.millrace.view;

import org.millrace.codec.Field;
import org.millrace.codec.Kind;
import org.millrace.codec.Link;
import org.millrace.codec.Message;
import org.millrace.codec.RefKind;
import org.millrace.codec.Span;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The keys that the maps of ssb-db's indexes make of a message: clock, time, feed, links.
 *
 * <p>Only of a message of which that is certain; of others nothing: an encrypted one, which
 * JavaScript may know how to open, a field that is missing or of another kind, a link that one of
 * the validators may see otherwise.
 */
interface MessageKeys {
    Map<String, MessageKeys> BY_INDEX =
            new TreeMap<>(
                    Map.of(
                            "clock",
                            MessageKeys::clock,
                            "time",
                            MessageKeys::time,
                            "feed",
                            MessageKeys::feed,
                            "links",
                            MessageKeys::links));

    /** No key made of so many bytes for each of its texts is longer than a key may be. */
    int TEXT_MAX = 2048;

    /** So much of a type counts, in JavaScript's characters. */
    int TYPE_UNITS = 32;

    /** A channel's name that is shorter is no reference. */
    int REFERENCE_MIN = 45;

    MemorySegment TYPE = Texts.bytes("type");
    MemorySegment LINK = Texts.bytes("link");
    MemorySegment BACK = Texts.bytes("_link");

    /** Where keys go. */
    interface Sink {
        /** Of the key that comes next. */
        KeyWriter begin();

        /** It is complete. */
        void end();
    }

    /** Hands the message's keys over; false, and none, when it is not certain which they are. */
    boolean make(Message message, Sink to);

    static Set<String> names() {
        return BY_INDEX.keySet();
    }

    /**
     * @throws MillraceException ERR_ARGUMENT
     */
    static MessageKeys of(String index) {
        var keys = BY_INDEX.get(index);
        if (keys == null) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    "keys of ssb-db's index '" + index + "'; there are " + names());
        }
        return keys;
    }

    private static boolean clock(Message message, Sink to) {
        double number = number(message);
        if (!isText(message.author()) || !Double.isFinite(number)) {
            return false;
        }
        to.begin().array().text(message.author()).number(number).endArray();
        to.end();
        return true;
    }

    private static boolean time(Message message, Sink to) {
        double received = message.receivedTimestamp();
        if (!Double.isFinite(received)) {
            return false;
        }
        to.begin().number(received);
        to.end();
        return true;
    }

    /** By the time that the author claims, unless it lies in the future. */
    private static boolean feed(Message message, Sink to) {
        double received = message.receivedTimestamp();
        double claimed = message.claimedTimestamp();
        if (!Double.isFinite(received) || !Double.isFinite(claimed) || !isText(message.author())) {
            return false;
        }
        double resolved = claimed == 0 || received < claimed ? received : claimed;
        to.begin().array().number(resolved).text(message.author()).endArray();
        to.end();
        return true;
    }

    /** By type and time, and each direct link by both of its ends. */
    private static boolean links(Message message, Sink to) {
        boolean isCertain =
                message.span(Field.CONTENT).kind() == Kind.OBJECT
                        && !message.linksInDoubt()
                        && isTypeCertain(message)
                        && areLinksCertain(message);
        if (isCertain) {
            if (message.type().isString()) {
                type(message, to);
            }
            for (int i = 0; i < message.linkCount(); i++) {
                var link = message.link(i);
                if (isLink(link)) {
                    link(LINK, message.author(), link, link, message, to);
                    link(BACK, link, link, message.author(), message, to);
                }
            }
        }
        return isCertain;
    }

    private static boolean isTypeCertain(Message message) {
        var type = message.type();
        return !type.isString()
                || Double.isFinite(message.receivedTimestamp())
                        && (type.length() <= TYPE_UNITS || isAscii(type));
    }

    private static boolean isAscii(Span text) {
        if (text.escaped()) {
            return false;
        }
        for (long at = text.offset(); at < text.offset() + text.length(); at++) {
            if (text.block().get(KeyOrder.BYTE, at) < 0) {
                return false;
            }
        }
        return true;
    }

    private static void type(Message message, Sink to) {
        var type = message.type();
        var key = to.begin().array().text(TYPE);
        if (type.length() <= TYPE_UNITS) {
            key.text(type);
        } else {
            key.text(type, TYPE_UNITS);
        }
        key.number(message.receivedTimestamp()).endArray();
        to.end();
    }

    private static boolean areLinksCertain(Message message) {
        boolean hasEnds =
                isText(message.author())
                        && isText(message.key())
                        && Double.isFinite(number(message));
        for (int i = 0; i < message.linkCount(); i++) {
            var link = message.link(i);
            if (isLink(link) && !(hasEnds && isPlain(link) && isText(link.relationKey()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLink(Link link) {
        return link.direct()
                && link.ref() != RefKind.CHANNEL
                && (link.ref() != RefKind.CHANNEL_NAME || link.length() >= REFERENCE_MIN);
    }

    /** Whether all releases of ssb-ref agree that it is a link. */
    private static boolean isPlain(Link link) {
        return switch (link.ref()) {
            case FEED, MESSAGE, BLOB -> !link.hasQuery();
            default -> false;
        };
    }

    private static void link(
            MemorySegment index, Span from, Link link, Span end, Message message, Sink to) {
        to.begin()
                .array()
                .text(index)
                .text(from)
                .text(link.relationKey())
                .text(end)
                .number(number(message))
                .text(message.key())
                .endArray();
        to.end();
    }

    private static boolean isText(Span span) {
        return span.isString() && span.length() <= TEXT_MAX;
    }

    private static double number(Message message) {
        return message.span(Field.SEQUENCE).number();
    }
}
