package dev.kelpie.experience;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Exceptions as one line for people. */
public final class Failure {
  private Failure() {}

  /** The exception inside the wrappers that futures put around it. */
  public static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapper =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapper && cause != null ? cause(cause) : failure;
  }

  /** First line of the cause's message, or the name of its class where it has no message. */
  public static String line(Throwable failure) {
    Throwable cause = cause(failure);
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
