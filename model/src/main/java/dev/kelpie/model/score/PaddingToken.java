package dev.kelpie.model.score;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.SequenceClassifier;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** The padding token of a checkpoint that a reward model is made of. */
public final class PaddingToken {
  private PaddingToken() {}

  /**
   * The {@code pad_token_id} of config.json or generation_config.json; else the tokenizer's {@code
   * pad_token}; else the first token that ends a response, as is common.
   *
   * @throws CheckpointException if there is none of them
   */
  public static int of(Path folder, Tokenizer tokenizer) {
    OptionalInt written = SequenceClassifier.padding(folder);
    if (written.isPresent()) {
      return written.getAsInt();
    }
    Optional<TokenIds> named =
        tokenizer
            .padding()
            .map(text -> tokenizer.encode(text, false))
            .filter(ids -> ids.length() == 1);
    if (named.isPresent()) {
      return named.get().get(0);
    }
    TokenIds stops = StopTokens.open(folder).ids();
    if (stops.length() == 0) {
      throw CheckpointException.of(
          "pad_token_id: missing (expected: one, or an eos_token_id, to find the last token of a"
              + " sequence), %s",
          folder.resolve("config.json"));
    }
    return stops.get(0);
  }
}
