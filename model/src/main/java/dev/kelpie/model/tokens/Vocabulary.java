package dev.kelpie.model.tokens;

import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tokens of a checkpoint. */
public final class Vocabulary {
  private Vocabulary() {}

  /**
   * Whether the model in {@code folder} has the tokens of the policy: as many of them, and where it
   * has a {@code tokenizer.json}, the same ones.
   */
  public static boolean isSame(Path policy, Path folder) {
    return ModelConfig.open(policy).vocabularySize() == ModelConfig.open(folder).vocabularySize()
        && (!isWritten(folder) || hasSameTokens(policy, folder));
  }

  /** Whether {@code folder} has a {@code tokenizer.json}. */
  public static boolean isWritten(Path folder) {
    return Files.exists(folder.resolve(TokenizerJson.FILE));
  }

  private static boolean hasSameTokens(Path policy, Path folder) {
    var own = TokenizerJson.open(policy).json();
    var other = TokenizerJson.open(folder).json();
    return own.at("/model/vocab").equals(other.at("/model/vocab"))
        && own.at("/added_tokens").equals(other.at("/added_tokens"));
  }
}
