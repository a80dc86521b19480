package org.millrace.cli;

import org.millrace.codec.Encoding;
import org.millrace.log.Log;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;
import org.millrace.view.MountedView;
import org.millrace.view.ViewFeed;
import org.millrace.view.ViewMethod;
import org.millrace.view.builtin.BuiltInViews;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** `view PATH VIEW METHOD [KEY]`. */
@Command(
        name = "view",
        description = {
            "Builds a view over the log and reads it: a lookup prints the record of KEY, a source"
                    + " prints its records, a value prints its answer."
        })
final class ViewCommand extends ReadCommand {
    @Parameters(
            index = "1",
            paramLabel = "VIEW",
            completionCandidates = Names.class,
            description = "A built-in view: ${COMPLETION-CANDIDATES}.")
    String view;

    @Parameters(
            index = "2",
            paramLabel = "METHOD",
            description = "One of its methods: keys get, feeds clock, …")
    String method;

    @Parameters(
            index = "3",
            arity = "0..1",
            paramLabel = "KEY",
            description = "What a lookup looks up.")
    String key;

    @Option(
            names = {"-o", "--option"},
            paramLabel = "NAME=VALUE",
            description = "An option of the method; repeatable.")
    Map<String, String> methodOptions = new LinkedHashMap<>();

    @Option(
            names = "--encoding",
            defaultValue = "json",
            description = "How records are to be read: json, bipf, cbor. Default: json.")
    Encoding encoding;

    @Override
    public Integer call() throws Exception {
        try (var log = openToRead();
                var feed = new ViewFeed(log, encoding)) {
            var mounted = feed.mount(view, BuiltInViews.factory(view));
            feed.await(mounted, log.since());
            switch (mounted.methods().get(method)) {
                case ViewMethod.Lookup lookup -> lookUp(log, mounted, lookup);
                case ViewMethod.Source source -> printRows(log, mounted, source);
                case ViewMethod.Value value -> {
                    String answer = mounted.read(ignored -> value.read(methodOptions));
                    out().println(answer);
                    out().flush();
                }
                case null -> throw unknownMethod(mounted);
            }
            return Exit.FINE;
        }
    }

    private void lookUp(Log log, MountedView mounted, ViewMethod.Lookup lookup) {
        var bytes = key == null ? new byte[0] : key.getBytes(StandardCharsets.UTF_8);
        long seq = mounted.find(lookup, MemorySegment.ofArray(bytes));
        if (seq < 0) {
            throw new MillraceException(
                    ErrorCode.ERR_KEY_NOT_FOUND, "view " + view + " has no key '" + key + "'");
        }
        try (var printer = printer()) {
            printOne(log, seq, printer);
        }
    }

    private void printRows(Log log, MountedView mounted, ViewMethod.Source source) {
        var seqs = new long[1024];
        var rows = mounted.read(ignored -> source.open(methodOptions));
        try (var printer = printer()) {
            for (int n = rows.next(seqs); n > 0; n = rows.next(seqs)) {
                for (int i = 0; i < n; i++) {
                    printOne(log, seqs[i], printer);
                }
            }
        }
    }

    private MillraceException unknownMethod(MountedView mounted) {
        return new MillraceException(
                ErrorCode.ERR_VIEW_UNKNOWN,
                "view "
                        + view
                        + " has no method "
                        + method
                        + "; it has "
                        + mounted.methods().keySet());
    }

    /** Of the views. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return BuiltInViews.names().iterator();
        }
    }
}
