package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreParts;
import java.util.List;

/**
 * The probability that the experiment's comparison, the block {@code compare}, gives to the pair;
 * kept within {@code [clip, 1 - clip]}. With a judge that is the policy itself these are the soft
 * labels of OSP, Bai et al. 2024, https://arxiv.org/abs/2405.14103.
 */
public record ComparisonLabel(Options options) implements LabelRule {
  public record Options(@Doc("smallest distance of the probability from 0 and 1") double clip) {
    public static final Options DEFAULTS = new Options(0);

    public Options {
      Require.that(clip >= 0 && clip < 0.5, "clip: %s (expected: in [0, 0.5))", clip);
    }
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) -> {
          double p = pair.chosen().part(ScoreParts.AGAINST + pair.rejected().sample());
          return Target.of(Math.max(options.clip, Math.min(1 - options.clip, p)));
        });
  }

  @Override
  public boolean namesWinner() {
    return true;
  }
}
