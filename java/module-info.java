/**
 * An append-only log with materialized views; docs/JAVA.md says how a program embeds it.
 *
 * <p>What is exported is what an embedder may use. The engines' common parts, the command line and
 * the host of Node.js are not: those run from the class path, where modules do not count.
 */
@SuppressWarnings("requires-automatic")
module org.millrace {
    // Each is needed by one part only, which says so when it is missing.
    requires static cbor; // CborCodec, and queries over CBOR
    requires static com.github.luben.zstd_jni; // the write-ahead log's zstdLevel
    requires static info.picocli; // the command line
    requires static me.tongfei.progressbar; // likewise

    exports org.millrace.codec;
    exports org.millrace.format;
    exports org.millrace.log;
    exports org.millrace.log.block;
    exports org.millrace.log.files;
    exports org.millrace.log.maintenance;
    exports org.millrace.log.memory;
    exports org.millrace.log.offset;
    exports org.millrace.log.wal;
    exports org.millrace.memory;
    exports org.millrace.query;
    exports org.millrace.storage;
    exports org.millrace.view;
    exports org.millrace.view.builtin;
}
