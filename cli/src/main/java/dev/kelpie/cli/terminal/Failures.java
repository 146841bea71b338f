package dev.kelpie.cli.terminal;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Failure;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Prints a failure as one line on stderr. The exit code is 2 when the input is at fault and 1
 * otherwise; {@code --debug} adds the stack trace.
 */
public final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  public static final int FAILURE = 1;
  public static final int BAD_INPUT = 2;

  private final BooleanSupplier debug;

  public Failures(BooleanSupplier debug) {
    this.debug = debug;
  }

  /** Whether the input is at fault, which the message then names. */
  static boolean isBadInput(Throwable failure) {
    return failure instanceof ConfigException || failure instanceof CheckpointException;
  }

  /** A failure as one line: its message, after its kind unless the message is meant for users. */
  public static String line(Throwable failure) {
    String message = String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    return isBadInput(failure)
        ? message
        : failure.getClass().getSimpleName() + ": " + message + " (--debug shows where)";
  }

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine commandLine, ParseResult parseResult) {
    Throwable failure = Failure.cause(exception);
    report(failure, line(failure), commandLine);
    return isBadInput(failure) ? BAD_INPUT : FAILURE;
  }

  @Override
  public int handleParseException(ParameterException exception, String[] arguments) {
    CommandLine commandLine = exception.getCommandLine();
    String name = commandLine.getCommandSpec().qualifiedName();
    List<String> nearest =
        exception instanceof UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions()
            : List.of();
    String hint =
        nearest.isEmpty() ? name + " --help tells more" : "nearest: " + String.join(", ", nearest);
    report(exception, exception.getMessage() + " (" + hint + ")", commandLine);
    return BAD_INPUT;
  }

  private void report(Throwable failure, String line, CommandLine commandLine) {
    PrintWriter err = commandLine.getErr();
    err.println("kelpie: " + line);
    if (debug.getAsBoolean()) {
      failure.printStackTrace(err);
    }
    err.flush();
  }
}
