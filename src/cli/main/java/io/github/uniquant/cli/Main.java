package io.github.uniquant.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code uniquant}. */
@Command(
        name = "uniquant",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Compresses float tensors by universal quantization and entropy coding.",
        exitCodeOnInvalidInput = 1,
        exitCodeOnExecutionException = 2,
        footerHeading = "%nExamples:%n",
        footer = {
            "  uniquant demo                                  see it work on a photograph",
            "  uniquant fit X.npy -o model.uqm --step 0.1     a prior for each channel of X",
            "  uniquant estimate X.npy --model model.uqm      where the bits go",
            "  uniquant compress X.npy -o X.uq --model model.uqm",
            "  uniquant info X.uq",
            "  uniquant decompress X.uq -o Y.npy              |X - Y| <= 0.05",
            "",
            "Exit codes: 0 done, 1 wrong usage, 2 bad data or a file that cannot be read or written."
        },
        subcommands = {
            FitCommand.class,
            EstimateCommand.class,
            CompressCommand.class,
            DecompressCommand.class,
            InfoCommand.class,
            VerifyCommand.class,
            StringsCommand.class,
            DemoCommand.class
        })
public final class Main implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print the stack trace of a failure.")
    private boolean debug;

    private Main() {}

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        int exitCode = execute(commandLine(), args);
        if (exitCode == ExitCode.OK.value() && System.out.checkError()) {
            System.err.println("uniquant: the standard output cannot be written");
            exitCode = ExitCode.DATA.value();
        }
        System.exit(exitCode);
    }

    /** Executes the command, and turns what its handlers do not get to see into an exit code. */
    static int execute(CommandLine command, String... args) {
        try {
            return command.execute(args);
        } catch (OutOfMemoryError e) {
            command.getErr()
                    .println("uniquant: there is not enough memory for this (" + e.getMessage()
                            + "); UNIQUANT_JAVA_OPTS=-Xmx8g allows 8 GiB");
            return ExitCode.DATA.value();
        }
    }

    /** The command, ready to execute; its exit codes are those of {@link ExitCode}. */
    static CommandLine commandLine() {
        Main main = new Main();
        return new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(parameterExceptionHandler())
                .setExecutionExceptionHandler(main.executionExceptionHandler());
    }

    /** Without a command: says what there is. */
    @Override
    public Integer call() {
        return noCommand(spec);
    }

    /** What a command of commands does where none is given. */
    static int noCommand(CommandSpec spec) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("uniquant: a command must be given");
        err.println();
        spec.commandLine().usage(err);
        return ExitCode.USAGE.value();
    }

    private static IParameterExceptionHandler parameterExceptionHandler() {
        return (exception, args) -> {
            CommandLine command = exception.getCommandLine();
            PrintWriter err = command.getErr();
            err.println("uniquant: " + exception.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(exception, err);
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            return ExitCode.USAGE.value();
        };
    }

    private IExecutionExceptionHandler executionExceptionHandler() {
        return (exception, command, parseResult) -> {
            PrintWriter err = command.getErr();
            if (debug) {
                exception.printStackTrace(err);
            }
            if (exception instanceof CommandFailure failure) {
                err.println("uniquant: " + Messages.printable(String.valueOf(failure.getMessage())));
                if (failure.exitCode() == ExitCode.USAGE) {
                    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
                }
                return failure.exitCode().value();
            }
            err.println("uniquant: unexpected failure, please report it: " + exception
                    + (debug ? "" : " (--debug shows where)"));
            return ExitCode.DATA.value();
        };
    }

    /** The version of the jar. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"uniquant " + (version == null ? "(development)" : version)};
        }
    }
}
