package dev.kelpie.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The quickstart with four prompts and without evaluation, in a folder of its own. */
public final class SmallExperiment {
  private SmallExperiment() {}

  /**
   * Writes {@code small.conf} and its {@code rows.jsonl}; the last line of the file is {@code
   * more}.
   */
  public static Path write(Path folder, String more) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= 4; i++) {
      rows.append(row(i + "+1?", i + 1)).append('\n');
    }
    Files.writeString(folder.resolve("rows.jsonl"), rows);
    return Files.writeString(
        folder.resolve("small.conf"),
        String.format(
            "include required(\"%s\")%ndata.path = rows.jsonl, eval.path = \"\"%n%s%n",
            folder.toAbsolutePath().relativize(Path.of(Shipped.quickstart())), more));
  }

  /** A line of a data set. */
  static String row(String prompt, int answer) {
    return "{\"prompt\": \"" + prompt + "\", \"answer\": \"" + answer + "\"}";
  }
}
