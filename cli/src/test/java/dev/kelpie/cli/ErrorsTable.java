package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One section of docs/errors.md: what was tried, and the line it got. The tests that try it fill
 * this and compare; with {@code -Dkelpie.errors.write=true} they write the section instead.
 */
final class ErrorsTable {
  static final Path FILE = Path.of("..", "docs", "errors.md");
  private static final String AGAIN =
      "mvn -pl cli -am test -Dtest='Bad*Test' -Dsurefire.failIfNoSpecifiedTests=false"
          + " -Dkelpie.errors.write=true";

  private final Path file;
  private final String title;
  private final Map<String, String> rows = new LinkedHashMap<>();

  private ErrorsTable(Path file, String title) {
    this.file = file;
    this.title = title;
  }

  static ErrorsTable section(String title) {
    return of(FILE, title);
  }

  static ErrorsTable of(Path file, String title) {
    return new ErrorsTable(file, title);
  }

  /** What {@code input}, as a person would write it, got. */
  void add(String what, String input, String line) {
    String row = String.format("| %s | %s | %s |", what, code(input), code(line));
    String before = rows.put(what, row);
    if (before != null) {
      throw new IllegalStateException(what + " is tried twice");
    }
  }

  /** Not tried on this machine, for the reason {@code why}: the documented row stays. */
  void skip(String what, String why) {
    System.err.println("not tried: " + what + ", because " + why);
    rows.put(
        what,
        documented().stream()
            .filter(row -> row.startsWith("| " + what + " |"))
            .findFirst()
            .orElseThrow(() -> new AssertionError(file + " has no row for " + what)));
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text.replace("|", "\\|") + "`";
  }

  /** Compares with the documentation, or writes it. */
  void check() {
    List<String> found = new ArrayList<>(rows.values());
    if (Boolean.getBoolean("kelpie.errors.write")) {
      write(found);
    }
    assertThat(documented())
        .as("%s, section %s; if the new lines are better: %s", file, title, AGAIN)
        .isEqualTo(found);
  }

  private List<String> documented() {
    List<String> lines = lines();
    int[] range = table(lines);
    return lines.subList(range[0], range[1]);
  }

  private void write(List<String> found) {
    List<String> lines = lines();
    int[] range = table(lines);
    List<String> changed = new ArrayList<>(lines.subList(0, range[0]));
    changed.addAll(found);
    changed.addAll(lines.subList(range[1], lines.size()));
    try {
      Files.write(file, changed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> lines() {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the rows of this section begin and end. */
  private int[] table(List<String> lines) {
    int heading = lines.indexOf("## " + title);
    assertThat(heading).as("the heading of section %s in %s", title, file).isNotNegative();
    int from = heading + 1;
    while (from < lines.size() && !lines.get(from).startsWith("| --- ")) {
      from++;
    }
    int to = Math.min(from + 1, lines.size());
    while (to < lines.size() && lines.get(to).startsWith("| ")) {
      to++;
    }
    return new int[] {Math.min(from + 1, lines.size()), to};
  }
}
