package dev.kelpie.cli.terminal;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** What a command prints to: a terminal or else a file or a pipe, and its width. */
public record Terminal(boolean interactive, int columns) {
  private static final int USUAL_COLUMNS = 80;

  /** The terminal of this process, as the launch script found it. */
  public static Terminal here() {
    boolean interactive = Boolean.getBoolean("kelpie.terminal");
    return new Terminal(interactive, interactive ? measured() : USUAL_COLUMNS);
  }

  private static int measured() {
    OptionalInt told = number(System.getenv().getOrDefault("COLUMNS", ""));
    return told.isPresent() ? told.getAsInt() : askedFor().orElse(USUAL_COLUMNS);
  }

  /** The columns that {@code stty size} reports. */
  private static OptionalInt askedFor() {
    try {
      Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
      String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String[] numbers = size.strip().split(" ", -1);
      return numbers.length == 2 ? number(numbers[1]) : OptionalInt.empty();
    } catch (IOException e) {
      return OptionalInt.empty(); // no stty, or no terminal: the usual width will do
    }
  }

  private static OptionalInt number(String text) {
    return text.matches("[1-9]\\d{0,4}")
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }
}
