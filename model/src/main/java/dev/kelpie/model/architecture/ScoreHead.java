package dev.kelpie.model.architecture;

import dev.kelpie.experience.TokenIds;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The score head of a sequence classifier, such as a reward model: numbers made of the last hidden
 * state of the last token that is not padding, as in transformers. Padding is known by its id only,
 * so where it is the token that ends a response, the score is read before that one.
 *
 * @param labels how many numbers
 * @param padding the token that pads; none: the last token counts, whichever it is
 */
public record ScoreHead(int labels, OptionalInt padding) {
  static final String PADDING = "pad_token_id";

  /**
   * The head of the classifier in {@code folder}.
   *
   * @throws CheckpointException if it is none
   */
  public static ScoreHead open(Path folder) {
    ModelConfig config = ModelConfig.open(folder);
    if (config.labels() == 0 || config.labelsTokens()) {
      throw CheckpointException.of(
          "architectures: %s (expected: a class ...ForSequenceClassification, which has a score"
              + " head), %s",
          config.architecture(), folder.resolve("config.json"));
    }
    ConfigJson json = ConfigJson.open(folder.resolve("config.json"));
    if (json.has(PADDING)) {
      return new ScoreHead(config.labels(), OptionalInt.of(json.integer(PADDING)));
    }
    OptionalInt padding =
        json.isPresent(PADDING) ? OptionalInt.empty() : Architectures.padding(config);
    return new ScoreHead(config.labels(), padding);
  }

  /**
   * How many of the {@code tokens} there are up to the one that the score is read at: the last that
   * is not padding; the first, if all are.
   */
  public int end(TokenIds tokens) {
    int end = tokens.length();
    while (end > 1 && padding.isPresent() && tokens.get(end - 1) == padding.getAsInt()) {
      end--;
    }
    return end;
  }
}
