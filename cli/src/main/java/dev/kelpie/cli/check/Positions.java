package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.rollout.JsonlPromptSource;
import java.nio.file.Path;
import java.util.List;
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
    int longest = longest(source.inFileOrder());
    int response = loaded.experiment().rollout().maxNewTokens();
    if ((long) longest + response > positions) {
      throw loaded.error(
          "rollout.max-new-tokens",
          response,
          String.format(
              Locale.ROOT,
              "with the prompt at most the model's %d positions, max_position_embeddings; the"
                  + " longest prompt of %s has %d tokens, and data.max-prompt-tokens = %d",
              positions,
              key,
              longest,
              loaded.experiment().data().maxPromptTokens()));
    }
  }

  private static int longest(List<Prompt> prompts) {
    return prompts.stream().mapToInt(prompt -> prompt.tokens().length()).max().orElse(0);
  }
}
