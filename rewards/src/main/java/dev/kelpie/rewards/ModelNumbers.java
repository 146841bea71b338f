package dev.kelpie.rewards;

import dev.kelpie.config.Require;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;

/** Reads what models said of a response. */
final class ModelNumbers {
  private ModelNumbers() {}

  /** Refuses an experiment whose key {@code key} names no model. */
  static void requireModel(String key, String model) {
    Require.that(!model.isEmpty(), "%s: missing (expected: a name of the block models)", key);
  }

  /**
   * The score that {@code request} asks for.
   *
   * @throws RewardException when there is none, or none that is finite
   */
  static double score(ScoreRequest request, SampleNumbers numbers) throws RewardException {
    PerToken found = scoreTerms(request, numbers);
    if (found.length() != 1) {
      throw none(request);
    }
    return found.get(0);
  }

  /**
   * What the score that {@code request} asks for is the sum of.
   *
   * @throws RewardException when there is none, or one is not finite
   */
  static PerToken scoreTerms(ScoreRequest request, SampleNumbers numbers) throws RewardException {
    PerToken found = numbers.get(request.name());
    if (found.length() == 0) {
      throw none(request);
    }
    for (float term : found.toArray()) {
      if (!Float.isFinite(term)) {
        throw new RewardException(
            "model " + request.model() + ": " + term + " (expected: a finite score)");
      }
    }
    return found;
  }

  private static RewardException none(ScoreRequest request) {
    return new RewardException(
        "model "
            + request.model()
            + ": no score (expected: prompt and response in its tokens and within its positions)");
  }
}
