package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Prompt;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the reference answers of a file as the rewards will, so that a bad one shows at once. */
final class AnswerCheck {
  private AnswerCheck() {}

  /**
   * Refuses answers that a reward cannot read.
   *
   * @param prompts all prompts of {@code file}
   * @throws ConfigException with the place of the first such answer, and their number
   */
  static void requireReadable(Reward reward, String file, List<Prompt> prompts) {
    @Nullable String first = null;
    int refused = 0;
    for (Prompt prompt : prompts) {
      try {
        reward.checkAnswer(prompt);
      } catch (RewardException e) {
        refused++;
        first = first == null ? place(file, prompt) + ": reward." + e.getMessage() : first;
      }
    }
    if (first != null) {
      String others =
          refused > 1
              ? String.format(Locale.ROOT, "; %d of %d answers", refused, prompts.size())
              : "";
      throw new ConfigException(first + others);
    }
  }

  /** File and line of a prompt, or its id where the data has ids. */
  private static String place(String file, Prompt prompt) {
    String name = String.valueOf(Path.of(file).getFileName());
    return prompt.id().startsWith(name + ":")
        ? file + prompt.id().substring(name.length())
        : file + ": " + prompt.id();
  }
}
