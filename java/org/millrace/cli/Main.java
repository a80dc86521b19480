package org.millrace.cli;

import org.millrace.log.maintenance.LogFormat;
import org.millrace.memory.MillraceException;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.PrintWriter;

/** The command line: {@code java -jar millrace-cli.jar COMMAND …}, {@code npx millrace …}. */
@Command(
        name = "millrace",
        description = "Looks at, repairs, converts, reads and writes append-only logs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VerifyCommand.class,
            RepairCommand.class,
            StatCommand.class,
            ConvertCommand.class,
            GetCommand.class,
            AppendCommand.class,
            StreamCommand.class,
            TailCommand.class,
            ViewCommand.class
        })
public final class Main {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this; `millrace COMMAND --help` tells of one command.")
    private boolean help;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(System.getenv("MILLRACE_STACKTRACE") != null, arguments));
    }

    /** Runs one command and returns its exit code; what fails is on stderr. */
    static int run(boolean stackTrace, String... arguments) {
        return commandLine(stackTrace).execute(arguments);
    }

    static CommandLine commandLine(boolean stackTrace) {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(LogFormat.class, Formats::parse)
                .setExecutionExceptionHandler(new Failures(stackTrace))
                .setParameterExceptionHandler(Main::misused);
    }

    private static int misused(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("millrace: " + failure.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(failure, err);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        return Exit.USAGE;
    }

    /** A coded error is told as it is; what has no code is our mistake and shows where. */
    private record Failures(boolean always) implements IExecutionExceptionHandler {
        @Override
        public int handleExecutionException(
                Exception failure, CommandLine command, ParseResult parsed) {
            boolean asked = always || command.getParseResult().hasMatchedOption("--stacktrace");
            boolean isCoded = failure instanceof MillraceException;
            command.getErr()
                    .println("millrace: " + (isCoded ? failure.getMessage() : failure.toString()));
            if (asked) {
                failure.printStackTrace(command.getErr());
            }
            command.getErr().flush();
            return Exit.of(failure);
        }
    }
}
