package dev.kelpie.learner.reward;

import dev.kelpie.model.score.ScoredSequence;
import java.util.Map;

/**
 * A pair of responses that a reward model learns from.
 *
 * @param id of its row
 * @param chosen the better response with its prompt, up to the token whose score counts
 * @param rejected the worse one
 * @param chosenLength tokens of the better response, its end included
 * @param rejectedLength tokens of the worse one
 * @param user who prefers the better one, where the loss tells users apart; else empty
 * @param source where the pair comes from, where sources are told apart; else empty
 * @param numbers what the loss reads, by column
 */
record ScorePair(
    String id,
    ScoredSequence chosen,
    ScoredSequence rejected,
    int chosenLength,
    int rejectedLength,
    String user,
    String source,
    Map<String, Double> numbers) {
  ScorePair {
    numbers = Map.copyOf(numbers);
  }

  /** Whether the model sees the same on both sides, so that nothing can be learned. */
  boolean equal() {
    return chosen.equals(rejected);
  }
}
