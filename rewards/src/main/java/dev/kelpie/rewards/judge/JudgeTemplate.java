package dev.kelpie.rewards.judge;

import dev.kelpie.experience.scoring.TextTemplate;
import dev.kelpie.files.InputFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;

/** A template of a judge in a file of its own. */
final class JudgeTemplate {
  private static final int MOST_BYTES = 1 << 20;

  private JudgeTemplate() {}

  /**
   * The template in a file.
   *
   * @param key key of the experiment that names the file
   * @throws IllegalArgumentException when it cannot be read, the key first
   */
  static TextTemplate read(String key, String file) {
    if (file.isEmpty()) {
      throw new IllegalArgumentException(key + ": missing (expected: a file with a template)");
    }
    String text;
    try {
      text = InputFile.readText(Path.of(file), MOST_BYTES);
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? "cannot be read (expected: a file)" : e.getReason();
      throw new IllegalArgumentException(key + ": " + file + ": " + reason, e);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(key + ": " + file + ": cannot be read", e);
    }
    try {
      return TextTemplate.of(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(key + ": " + file + ": " + e.getMessage(), e);
    }
  }

  /** Throws unless {@code template} has a placeholder of each of {@code names}. */
  static void require(String key, TextTemplate template, String... names) {
    Set<String> found = template.placeholders();
    for (String name : names) {
      if (!name.isEmpty() && !found.contains(name)) {
        throw new IllegalArgumentException(
            key + ": no {" + name + "} in it (expected: a text with {" + name + "})");
      }
    }
  }
}
