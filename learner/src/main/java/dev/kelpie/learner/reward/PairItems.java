package dev.kelpie.learner.reward;

import dev.kelpie.learner.rows.Collator;
import dev.kelpie.model.score.ScoredSequence;
import dev.kelpie.model.score.SequenceScore;
import java.util.ArrayList;
import java.util.List;

/** Pairs as rows to be placed: row 2 i is the chosen response of pair i, row 2 i + 1 the other. */
final class PairItems {
  private PairItems() {}

  /**
   * The rows of {@code pairs}.
   *
   * @param together whether both sides of a pair share a microbatch, because a loss compares them
   */
  static List<Collator.Item> of(List<ScorePair> pairs, boolean together) {
    List<Collator.Item> items = new ArrayList<>();
    for (int pair = 0; pair < pairs.size(); pair++) {
      for (int side = 0; side < 2; side++) {
        ScoredSequence sequence = side == 0 ? pairs.get(pair).chosen() : pairs.get(pair).rejected();
        items.add(
            new Collator.Item(
                2 * pair + side,
                pair,
                sequence.prompt(),
                SequenceScore.placed(sequence.response()),
                pair,
                together));
      }
    }
    return items;
  }
}
