package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreProbability;
import java.util.List;

/**
 * Targets for the regression of a difference of log-ratios, from a probability p that the chosen
 * response is better: {@code logit(p)}, as iREPO, https://arxiv.org/abs/2405.15230, or {@code (2 p
 * - 1) / (2 tau)}, as Online-IPO and IPO-MD, https://arxiv.org/abs/2403.08635. p is the share of
 * rewards that prefer the chosen response, or {@code sigmoid(scale (score_chosen -
 * score_rejected))} where no rewards are named. The target of the rejected response is 0.
 */
public record RegressionLabel(Form form, Options options) implements LabelRule {
  /** The target of a probability. */
  public enum Form {
    LOGIT,
    LINEAR
  }

  public record Options(
      @Doc("names of the rewards that vote; empty: the scores decide") List<String> between,
      @Doc("factor of the difference of scores") double scale,
      @Doc("smallest distance of the probability from 0 and 1") double clip,
      @Doc("strength of the regularisation, for linear") double tau) {
    public static final Options DEFAULTS = new Options(List.of(), 1, 0, 0.5);

    public Options {
      between = List.copyOf(between);
      Require.positive("scale", scale);
      Require.positive("tau", tau);
      Require.that(clip >= 0 && clip < 0.5, "clip: %s (expected: in [0, 0.5))", clip);
    }
  }

  public RegressionLabel {
    Require.that(
        form == Form.LINEAR || options.clip > 0 || options.between.isEmpty(),
        "clip: 0 (expected: above 0, because the logit of votes that agree is infinite)");
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) -> {
          double p = probability(pair);
          return new Target(p, target(pair, p), 0);
        });
  }

  private double target(RowPair pair, double p) {
    if (form == Form.LINEAR) {
      return (2 * p - 1) / (2 * options.tau);
    }
    boolean exact = options.clip == 0; // p may have been rounded to 1
    return exact ? options.scale * pair.gap() : Math.log(p / (1 - p));
  }

  private double probability(RowPair pair) {
    double p =
        options.between.isEmpty()
            ? ScoreProbability.of(pair.chosen().score(), pair.rejected().score(), options.scale)
            : VotesLabel.share(pair, options.between);
    return Math.max(options.clip, Math.min(1 - options.clip, p));
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
