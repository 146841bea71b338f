package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreProbability;
import java.util.List;

/**
 * Bradley-Terry probability of the scores, {@code p = sigmoid(scale (score_chosen -
 * score_rejected))}, kept within {@code [clip, 1 - clip]}; the targets are the scores themselves.
 */
public record ScoresLabel(Options options) implements LabelRule {
  public record Options(
      @Doc("factor of the difference of scores") double scale,
      @Doc("smallest distance of the probability from 0 and 1") double clip) {
    public static final Options DEFAULTS = new Options(1, 0);

    public Options {
      Require.positive("scale", scale);
      Require.that(clip >= 0 && clip < 0.5, "clip: %s (expected: in [0, 0.5))", clip);
    }
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) -> {
          double chosen = pair.chosen().score();
          double rejected = pair.rejected().score();
          double p = ScoreProbability.of(chosen, rejected, options.scale);
          double kept = Math.max(options.clip, Math.min(1 - options.clip, p));
          return new Target(kept, chosen, rejected);
        });
  }

  @Override
  public boolean makesTargets() {
    return true;
  }

  @Override
  public boolean namesWinner() {
    return true;
  }
}
