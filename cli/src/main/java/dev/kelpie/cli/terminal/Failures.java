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
 * Tells a person in one line on stderr what went wrong: exit code 2 where the input is at fault, 1
 * where it is not. With --debug the stack trace follows.
 */
public final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  public static final int FAILURE = 1;
  public static final int BAD_INPUT = 2;

  /** Their messages are written for people and say what to change. */
  private static final List<Class<? extends Exception>> INPUT =
      List.of(ConfigException.class, CheckpointException.class);

  private final BooleanSupplier debug;

  public Failures(BooleanSupplier debug) {
    this.debug = debug;
  }

  /** Whether a better input would have helped. */
  static boolean isBadInput(Throwable failure) {
    return INPUT.stream().anyMatch(type -> type.isInstance(failure));
  }

  /** One line: the message where it is written for people, else with the kind of failure. */
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
