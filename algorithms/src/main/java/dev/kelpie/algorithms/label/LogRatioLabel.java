package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.reward.ScoreProbability;
import java.util.List;

/**
 * The probability that the policy's own implicit reward gives to the pair: {@code p = sigmoid(scale
 * (r_chosen - r_rejected))}, where r is the log-ratio of two models over the response, {@code log
 * of(y) - log to(y)}; kept within {@code [clip, 1 - clip]}.
 *
 * <p>Spread Preference Annotation (Selfie), Kim et al. 2024, https://arxiv.org/abs/2406.04412, eq.
 * 6, where the scale is beta.
 */
public record LogRatioLabel(Options options) implements LabelRule {
  public record Options(
      @Doc("name of the model in the numerator") String of,
      @Doc("name of the model in the denominator") String to,
      @Doc("factor of the difference of log-ratios") double scale,
      @Doc("smallest distance of the probability from 0 and 1") double clip) {
    public static final Options DEFAULTS = new Options("", "", 1, 0);

    public Options {
      Require.positive("scale", scale);
      Require.that(clip >= 0 && clip < 0.5, "clip: %s (expected: in [0, 0.5))", clip);
    }
  }

  public LogRatioLabel {
    Require.that(!options.of.isEmpty(), "of: missing (expected: the name of a model)");
    Require.that(!options.to.isEmpty(), "to: missing (expected: the name of a model)");
  }

  @Override
  public List<String> models() {
    return List.of(options.of, options.to);
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) -> {
          double p =
              ScoreProbability.of(
                  logRatio(pair.chosen()), logRatio(pair.rejected()), options.scale);
          return Target.of(Math.max(options.clip, Math.min(1 - options.clip, p)));
        });
  }

  private double logRatio(Candidate member) {
    return member.logprob(options.of) - member.logprob(options.to);
  }
}
