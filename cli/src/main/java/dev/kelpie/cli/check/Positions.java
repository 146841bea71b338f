package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rollout.JsonlPromptSource;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The positions of a model, {@code max_position_embeddings}, as a limit of prompt and response
 * together: beyond them a model was never trained, and a dynamic stretch would make it another one.
 */
final class Positions {
  private Positions() {}

  /**
   * Checks the longest prompt of {@code source} with the longest response to it.
   *
   * @param key of the file that it reads
   * @throws ConfigException if they do not fit
   */
  static void requireFit(LoadedExperiment loaded, JsonlPromptSource source, String key) {
    Path policy = Path.of(loaded.experiment().policy().path());
    int positions = ModelConfig.open(policy).maxPositions();
    boolean training = key.startsWith("data.");
    boolean responses = training || key.equals("eval.pairs-path");
    if (responses) {
      requireResponsesFit(loaded, source, key);
    }
    if (responses && !(training && loaded.experiment().rollout().samples())) {
      return;
    }
    int longest = source.longestPrompt();
    int response = loaded.experiment().rollout().maxNewTokens();
    if ((long) longest + response > positions) {
      throw loaded.error(
          "rollout.max-new-tokens",
          response,
          String.format(
              Locale.ROOT,
              "at most %d, because the model has %d positions by max_position_embeddings of %s, and"
                  + " the longest prompt of %s %d tokens; data.max-prompt-tokens is %d",
              Math.max(0, positions - longest),
              positions,
              policy.resolve("config.json"),
              key,
              longest,
              loaded.experiment().data().maxPromptTokens()));
    }
  }

  /**
   * Checks the longest prompt of {@code source} with a response of its own row.
   *
   * @param key of the file that it reads
   * @throws ConfigException if they do not fit
   */
  static void requireResponsesFit(LoadedExperiment loaded, JsonlPromptSource source, String key) {
    Path policy = Path.of(loaded.experiment().policy().path());
    int positions = ModelConfig.open(policy).maxPositions();
    if (source.longestSequence() > positions) {
      throw loaded.error(
          "data.max-length",
          loaded.experiment().data().maxLength(),
          String.format(
              Locale.ROOT,
              "at most %d, because the model has that many positions by max_position_embeddings of"
                  + " %s, and the longest row of %s %d tokens",
              positions,
              policy.resolve("config.json"),
              key,
              source.longestSequence()));
    }
  }
}
