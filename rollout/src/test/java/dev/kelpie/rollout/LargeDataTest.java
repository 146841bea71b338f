package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.DataOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.Tokenizer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that is larger than the heap of the process that reads it. */
class LargeDataTest {
  private static final int ROWS = 5000;

  /**
   * Reads the file named by its first argument with the tokenizer in the folder named by its
   * second, and prints some of the prompts.
   */
  static final class Reader {
    public static void main(String[] arguments) {
      DataOptions columns = DataOptions.DEFAULTS;
      JsonlPromptSource source =
          JsonlPromptSource.open(
              Path.of(arguments[0]),
              columns,
              Tokenizer.open(Path.of(arguments[1])),
              Optional.empty(),
              1,
              ReadOptions.DEFAULTS);
      long checked = 0;
      for (int i = 0; i < source.size(); i++) {
        Prompt prompt = source.inFileOrder(i);
        checked +=
            prompt.metadata().getOrDefault("pad", "").length() + Integer.parseInt(prompt.text());
      }
      System.out.println("rows " + source.size() + " " + checked);
    }
  }

  @Test
  void seventyMegabytesAreReadInAHeapOfThirtyTwo(@TempDir Path folder)
      throws IOException, InterruptedException {
    Files.writeString(folder.resolve("tokenizer.json"), CharacterTokenizer.json());
    Path file = folder.resolve("rows.jsonl");
    String pad = "x".repeat(14_000);
    try (BufferedWriter rows = Files.newBufferedWriter(file)) {
      for (int i = 0; i < ROWS; i++) {
        rows.write(
            "{\"prompt\": \"" + i + "\", \"pad\": \"" + pad + "\", \"answer\": " + i + "}\n");
      }
    }
    assertThat(Files.size(file)).isGreaterThan(70_000_000);
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx32m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Reader.class.getName(),
                    file.toString(),
                    folder.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    // 0 + 1 + ... + 4999, and 5000 pads
    assertThat(output.lines()).contains("rows 5000 " + (12_497_500 + 70_000_000));
  }
}
