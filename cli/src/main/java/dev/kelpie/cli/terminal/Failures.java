package dev.kelpie.cli.terminal;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Failure;
import dev.kelpie.files.OneLine;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
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

  /**
   * The disk of a run is full: it can be resumed when there is room (EX_TEMPFAIL of sysexits.h).
   */
  public static final int DISK_FULL = 75;

  private final BooleanSupplier debug;

  public Failures(BooleanSupplier debug) {
    this.debug = debug;
  }

  /** Reports what ends a thread as one line, too, with its stack trace on {@code debug}. */
  public static void reportOfThreads(boolean debug) {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          System.err.println("kelpie: " + SafeText.lines(line(failure)));
          if (debug) {
            failure.printStackTrace();
          }
        });
  }

  /** Whether the input is at fault, which the message then names. */
  static boolean isBadInput(Throwable failure) {
    return failure instanceof ConfigException
        || failure instanceof CheckpointException
        || failure instanceof InvalidPathException;
  }

  /** A failure as one line: its own text where that is meant for users, else {@link PlainWords}. */
  public static String line(Throwable failure) {
    boolean own = failure instanceof ConfigException || failure instanceof CheckpointException;
    String text = own ? String.valueOf(failure.getMessage()) : PlainWords.of(failure);
    return OneLine.of(text);
  }

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine commandLine, ParseResult parseResult) {
    Throwable error =
        exception instanceof CommandLine.ExecutionException ? exception.getCause() : null;
    Throwable failure = Failure.cause(error == null ? exception : error);
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
