package dev.kelpie.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The experiments that come with Kelpie. */
public final class Shipped {
  private static final int FEW = 64;

  private Shipped() {}

  /** Their folder. */
  public static Path configs() {
    Path configs = Path.of("..", "configs").toAbsolutePath().normalize();
    if (!Files.isRegularFile(configs.resolve("quickstart.conf"))) {
      throw new IllegalStateException(configs + " has no quickstart.conf");
    }
    return configs;
  }

  /**
   * Writes the first prompts of the quickstart to {@code folder}; a run on this file starts sooner
   * than one that reads and tokenises all of them.
   */
  public static Path fewPrompts(Path folder) throws IOException {
    Path few = folder.resolve("few-prompts.jsonl");
    try (Stream<String> lines = Files.lines(configs().resolve("quickstart/train.jsonl"))) {
      Files.write(few, lines.limit(FEW).toList());
    }
    return few;
  }

  public static String quickstart() {
    return configs().resolve("quickstart.conf").toString();
  }
}
