package dev.kelpie.algorithms.loss.policy;

import dev.kelpie.algorithms.KlEstimator;
import dev.kelpie.algorithms.loss.correction.Correction;
import dev.kelpie.algorithms.loss.correction.Corrections;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** The options that every policy loss takes beside its own, in the same block. */
public record ObjectiveOptions(
    @Doc("off-policy correction by name; none is none") String correction,
    @Doc("lower bound of the weights") OptionalDouble correctionLow,
    @Doc("upper bound of the weights") OptionalDouble correctionHigh,
    @Doc("whether responses without a token count in means over responses") boolean countEmpty,
    @Doc("only this share of the tokens, those of highest entropy, carry the loss")
        double entropyQuantile,
    @Doc("factor of the KL estimate") KlEstimator.Importance klImportance,
    @Doc("clamp of the log-ratio in the KL estimate; none is no clamp") OptionalDouble klInputClamp,
    @Doc("clamp of the KL estimate; none is no clamp") OptionalDouble klOutputClamp,
    @Doc("the value of the estimator with the gradient of k2") boolean klStraightThrough) {
  /** The plain loss. */
  public static final ObjectiveOptions DEFAULTS =
      new ObjectiveOptions(
          "none",
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          false,
          1,
          KlEstimator.Importance.NONE,
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          false);

  public ObjectiveOptions {
    Require.within("entropy-quantile", entropyQuantile, 0, 1);
  }

  /** The given objective with what these options add to it. */
  public PolicyObjective around(PolicyObjective objective) {
    KlEstimator estimator =
        new KlEstimator(
            objective.kl().form(),
            klInputClamp.orElse(0),
            klOutputClamp.orElse(0),
            klStraightThrough,
            klImportance);
    return new PolicyObjective(
        objective.loss(),
        objective.aggregation().countingEmpty(countEmpty),
        objective.klCoef(),
        estimator,
        objective.entropyCoef(),
        entropyQuantile,
        correction.equals("none") ? objective.correction() : Optional.of(weights()));
  }

  private Correction weights() {
    Map<String, Double> bounds = new TreeMap<>();
    correctionLow.ifPresent(low -> bounds.put("low", low));
    correctionHigh.ifPresent(high -> bounds.put("high", high));
    return Corrections.catalog().create(correction, ConfigBlock.of("correction", bounds));
  }
}
