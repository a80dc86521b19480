package org.millrace.host;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Messages for the {@link Training}, of every kind that the built-in views tell apart, in about the
 * proportions of a real log; so that the profiles know the branches that a real log takes.
 */
final class TrainingMessages {
    /**
     * Arguments: number of the message, of its author, of the author it is about, of its target.
     */
    private static final String OUTER =
            "{\"key\":\"%%%1$042d0=.sha256\",\"value\":{\"previous\":\"%%%4$042d0=.sha256\","
                    + "\"author\":\"@%2$042d0=.ed25519\",\"sequence\":%1$d,"
                    + "\"timestamp\":15%1$011d,\"hash\":\"sha256\",\"content\":CONTENT,"
                    + "\"signature\":\""
                    + "x".repeat(86)
                    + "==.sig.ed25519\"},\"timestamp\":15%1$011d}";

    private static final String LINK = "\"%%%4$042d0=.sha256\"";
    private static final String FEED = "\"@%3$042d0=.ed25519\"";
    private static final String TEXT = "lorem ipsum dolor sit amet consectetur ".repeat(12);

    private static final String VOTE =
            "{\"type\":\"vote\",\"vote\":{\"link\":" + LINK + ",\"value\":1,\"expression\":\"y\"}}";
    private static final String POST =
            "{\"type\":\"post\",\"text\":\""
                    + TEXT
                    + "\\n\\\""
                    + TEXT
                    + "\",\"channel\":\"c%3$d\"}";
    private static final String REPLY =
            "{\"type\":\"post\",\"root\":"
                    + LINK
                    + ",\"branch\":"
                    + LINK
                    + ",\"reply\":{"
                    + LINK
                    + ":"
                    + FEED
                    + "},\"text\":\""
                    + TEXT
                    + "\",\"mentions\":[{\"link\":"
                    + FEED
                    + ",\"name\":\"n%3$d\"},{\"link\":\"#tag%3$d\"}]}";
    private static final String CONTACT =
            "{\"type\":\"contact\",\"contact\":" + FEED + ",\"following\":true,\"blocking\":false}";
    private static final String ABOUT =
            "{\"type\":\"about\",\"about\":" + FEED + ",\"name\":\"n%3$d\"}";
    private static final String PRIVATE = "\"" + "QUJD".repeat(300) + ".box\"";

    private static final String[] KINDS = {
        VOTE, POST, VOTE, REPLY, VOTE, PRIVATE, VOTE, CONTACT, VOTE, REPLY, VOTE, POST, ABOUT
    };
    private static final int AUTHORS = 1_000;

    private TrainingMessages() {}

    static byte[] message(int number) {
        return OUTER.replace("CONTENT", KINDS[number % KINDS.length])
                .formatted(number, number % AUTHORS, number * 7 % AUTHORS, number * 3 / 4)
                .getBytes(US_ASCII);
    }
}
