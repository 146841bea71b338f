package dev.kelpie.cli.terminal;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Failures that no message of ours covers, as text for users: what is missing and what to change
 * for memory, files and libraries, else the failure's own text without the names of classes.
 */
final class PlainWords {
  private static final String WHERE = " (--debug shows where)";

  /** A qualified name of a library's class, with what usually follows it. */
  private static final Pattern CLASS_NAME =
      Pattern.compile("`?(?:[a-z][a-z0-9_]*\\.){2,}[A-Z][\\w$]*(?:\\.[A-Z][\\w$]*)*(?:: |` ?)?");

  /** Where a JSON reader was, in its words. */
  private static final Pattern JSON_PLACE =
      Pattern.compile("\\s*(?:at )?\\[Source:.*?(line: \\d+), column: -?\\d+\\]", Pattern.DOTALL);

  private static final Pattern NATIVE_MEMORY =
      Pattern.compile("can't allocate memory|not enough memory|bad_alloc|CUDA out of memory");
  private static final Pattern NATIVE_BYTES = Pattern.compile("tried to allocate (\\d+)");
  private static final Pattern DIRECT = Pattern.compile("direct (buffer )?memory|Direct buffer");

  private PlainWords() {}

  static String of(Throwable failure) {
    for (Throwable cause : causes(failure)) {
      Optional<String> known = known(cause);
      if (known.isPresent()) {
        return known.get();
      }
    }
    String text = text(failure);
    return (text.isEmpty() ? "unexpected " + failure.getClass().getSimpleName() : text) + WHERE;
  }

  private static Optional<String> known(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return Optional.of("out of memory: " + memory(String.valueOf(failure.getMessage())));
    }
    if (failure instanceof StackOverflowError) {
      return Optional.of(
          "the input is nested too deeply (expected: less nesting, or a larger stack, such as"
              + " -J-Xss8m)");
    }
    if (failure instanceof InvalidPathException path) {
      return Optional.of(path(path));
    }
    if (failure instanceof FileSystemException file && file.getFile() != null) {
      return Optional.of(file.getFile() + ": " + reason(file));
    }
    if (failure instanceof LinkageError) {
      return Optional.of(library(failure));
    }
    String message = String.valueOf(failure.getMessage());
    if (NATIVE_MEMORY.matcher(message).find()) {
      Matcher bytes = NATIVE_BYTES.matcher(message);
      String more = bytes.find() ? (Long.parseLong(bytes.group(1)) >> 20) + " MiB" : "memory";
      return Optional.of(
          "out of memory: libtorch asked the system for "
              + more
              + " that it does not have (expected: lower learner.token-budget,"
              + " rollout.unit-prompts or the model)");
    }
    return Optional.empty();
  }

  private static String memory(String message) {
    if (DIRECT.matcher(message).find()) {
      return "the JVM's buffers outside its heap are full (expected: a larger limit, such as"
          + " -J-XX:MaxDirectMemorySize=16g)";
    }
    if (message.contains("Metaspace") || message.contains("class space")) {
      return "the JVM has no room for more classes (expected: a larger limit, such as"
          + " -J-XX:MaxMetaspaceSize=512m)";
    }
    if (message.contains("thread")) {
      return "the system starts no more threads (expected: a higher limit of threads or processes,"
          + " or fewer: rollout.workers, rollout.threads, learner.threads)";
    }
    return "the heap of "
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MiB is full (expected: a larger one, such as -J-Xmx4g, or less to hold: fewer or"
        + " shorter rows, a smaller rollout.unit-prompts)";
  }

  private static String path(InvalidPathException path) {
    boolean letters = path.getReason().contains("unmappable");
    return path.getInput()
        + (letters
            ? ": the locale's character set, "
                + System.getProperty("sun.jnu.encoding")
                + ", has not all of its letters (expected: LC_ALL=C.UTF-8 or another UTF-8 locale)"
            : ": " + path.getReason() + " (expected: a path)");
  }

  private static String reason(FileSystemException file) {
    if (file instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (file instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (file instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    if (file instanceof NotDirectoryException) {
      return "not a folder";
    }
    if (file instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    }
    return String.valueOf(file.getReason());
  }

  private static String library(Throwable failure) {
    if (failure instanceof UnsatisfiedLinkError) {
      return "a native library cannot be loaded: " + text(failure) + WHERE;
    }
    return "this build is not complete: "
        + text(failure)
        + " (expected: all classes of one build; remove cli/target/kelpie-build.stamp, and ./kelpie"
        + " builds again)";
  }

  /** The first message of the chain, without what only a reader of the code understands. */
  private static String text(Throwable failure) {
    for (Throwable cause : causes(failure)) {
      String message = cause.getMessage();
      if (message != null && !message.isBlank()) {
        String plain = JSON_PLACE.matcher(message).replaceAll(" $1");
        return CLASS_NAME.matcher(plain).replaceAll("").strip();
      }
    }
    return "";
  }

  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    Throwable cause = failure;
    while (cause != null && !causes.contains(cause)) {
      causes.add(cause);
      cause = cause.getCause();
    }
    if (failure instanceof UncheckedIOException && causes.size() > 1) {
      causes.remove(0); // its message is its cause's, with the name of a class
    }
    return causes;
  }
}
