package org.millrace.codec;

/** What a link refers to. The first four are SSB references, as ssb-ref knows them. */
public enum RefKind {
    /** {@code @<32 bytes, base64>.ed25519} or {@code .sha256} */
    FEED,
    /** {@code %<32 bytes, base64>.sha256} */
    MESSAGE,
    /** {@code %<32 bytes, base64>.cloaked} */
    CLOAKED,
    /** {@code &<32 bytes, base64>.sha256} */
    BLOB,
    /** {@code #channel}: below 30 characters, no white space; see {@link Channels}. */
    CHANNEL,
    /** Any string under {@code content.channel}, where the # is left out; see {@link Channels}. */
    CHANNEL_NAME;

    boolean isReference() {
        return this != CHANNEL && this != CHANNEL_NAME;
    }
}
