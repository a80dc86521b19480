package org.millrace.codec;

/** Under which key of the content a link stands; {@link Link#relationKey} has the key itself. */
public enum Relation {
    ROOT("root"),
    BRANCH("branch"),
    FORK("fork"),
    VOTE("vote"),
    MENTION("mentions"),
    ABOUT("about"),
    CONTACT("contact"),
    /** Any other key, or none: the content itself is the link, or an array holds it. */
    OTHER(null);

    private final String key;

    Relation(String key) {
        this.key = key;
    }

    static Relation of(String key) {
        for (Relation relation : values()) {
            if (key.equals(relation.key)) {
                return relation;
            }
        }
        return OTHER;
    }
}
