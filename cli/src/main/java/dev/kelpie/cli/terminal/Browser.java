package dev.kelpie.cli.terminal;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Opens an address in the user's browser, by the command of the operating system. */
public final class Browser {
  private Browser() {}

  /** Opens {@code url}; returns a message when it could not be opened. */
  public static Optional<String> open(String url) {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    List<String> command = system.contains("mac") ? List.of("open", url) : List.of("xdg-open", url);
    try {
      new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "--open: there is no " + command.get(0) + " here; open the address yourself");
    }
  }
}
