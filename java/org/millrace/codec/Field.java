package org.millrace.codec;

/**
 * The fields of an SSB message that every scan finds, and their paths.
 *
 * <p>Order matters: a field's ordinal is its slot in {@link Message}, and a parent stands before
 * its children.
 */
public enum Field {
    /** The whole record. */
    RECORD(),
    KEY("key"),
    VALUE("value"),
    /** When this peer received the message, ms. */
    RECEIVED("timestamp"),
    PREVIOUS("value", "previous"),
    AUTHOR("value", "author"),
    SEQUENCE("value", "sequence"),
    /** When the author says the message was written, ms. */
    CLAIMED("value", "timestamp"),
    HASH("value", "hash"),
    CONTENT("value", "content"),
    SIGNATURE("value", "signature"),
    TYPE("value", "content", "type"),
    ROOT("value", "content", "root"),
    BRANCH("value", "content", "branch"),
    FORK("value", "content", "fork"),
    VOTE("value", "content", "vote"),
    VOTE_LINK("value", "content", "vote", "link"),
    VOTE_VALUE("value", "content", "vote", "value"),
    CHANNEL("value", "content", "channel"),
    ABOUT("value", "content", "about"),
    CONTACT("value", "content", "contact"),
    FOLLOWING("value", "content", "following"),
    BLOCKING("value", "content", "blocking"),
    MENTIONS("value", "content", "mentions"),
    TEXT("value", "content", "text");

    private final String[] path;

    Field(String... path) {
        this.path = path;
    }

    String[] path() {
        return path;
    }
}
