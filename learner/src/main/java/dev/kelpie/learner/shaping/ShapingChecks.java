package dev.kelpie.learner.shaping;

import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.catalog.Losses;
import dev.kelpie.algorithms.catalog.SelectedLoss;
import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.EntropyOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.NearestName;
import dev.kelpie.config.Require;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks of what changes samples, rewards and the entropy bonus on their way to the loss: dynamic
 * sampling, the soft length penalty, constraints and the entropy's target.
 */
public final class ShapingChecks {
  private ShapingChecks() {}

  /**
   * Checks {@code experiment}.
   *
   * @throws IllegalArgumentException for a key that another rules out, its path first
   */
  public static void check(Experiment experiment) {
    AlgorithmOptions algorithm = experiment.algorithm();
    if (algorithm.dynamicSampling().enabled()) {
      checkDynamicSampling(experiment);
    }
    boolean credited = credited(algorithm);
    String type = algorithm.loss().type().orElse("");
    Require.that(
        credited || algorithm.overlong().share() == 0,
        "algorithm.overlong.share: %s (expected: 0, because algorithm.loss.type = %s has no"
            + " advantages; a reward of type length has the same penalty)",
        algorithm.overlong().share(),
        type);
    for (Map.Entry<String, ConfigBlock> block : new TreeMap<>(algorithm.constraints()).entrySet()) {
      String name = block.getKey();
      requireReward(experiment, "algorithm.constraints", name);
      Require.that(
          credited,
          "algorithm.constraints.%s: a constraint (expected: none, because algorithm.loss.type = %s"
              + " has no advantages)",
          name,
          type);
    }
    Constraints.of(algorithm.constraints());
    checkComponents(algorithm);
    EntropyOptions entropy = algorithm.entropy();
    if (entropy.target() > 0) {
      Require.that(
          Losses.create(algorithm.loss()) instanceof SelectedLoss.OfTokens,
          "algorithm.entropy.target: %s (expected: 0, because algorithm.loss.type = %s is not a"
              + " loss over tokens)",
          entropy.target(),
          type);
      Require.that(
          algorithm.entropyCoef() >= entropy.min() && algorithm.entropyCoef() <= entropy.max(),
          "algorithm.entropy-coef: %s (expected: in [%s, %s], the bounds of algorithm.entropy)",
          algorithm.entropyCoef(),
          entropy.min(),
          entropy.max());
    }
  }

  /** Whether the loss has advantages, which rewards come to it by. */
  private static boolean credited(AlgorithmOptions algorithm) {
    return Losses.create(algorithm.loss()) instanceof SelectedLoss.OfTokens tokens
        && (tokens.loss().needsAdvantages() || tokens.loss().needsValues());
  }

  /** An estimator that takes the components of rewards does not see what changes their sum. */
  private static void checkComponents(AlgorithmOptions algorithm) {
    if (!credited(algorithm)
        || algorithm.advantage().type().isEmpty()
        || !AdvantageEstimators.catalog().create(algorithm.advantage()).usesComponents()) {
      return;
    }
    String type = algorithm.advantage().type().orElse("");
    Require.that(
        algorithm.overlong().share() == 0,
        "algorithm.overlong.share: %s (expected: 0, because algorithm.advantage.type = %s takes"
            + " the rewards one by one; one of type length has the same penalty)",
        algorithm.overlong().share(),
        type);
    Require.that(
        algorithm.constraints().isEmpty(),
        "algorithm.advantage.type: %s (expected: one that takes the sum of the rewards, because of"
            + " algorithm.constraints)",
        type);
  }

  private static void checkDynamicSampling(Experiment experiment) {
    Require.that(
        experiment.rollout().groupSize() > 1,
        "rollout.group-size: %s (expected: at least 2, because algorithm.dynamic-sampling.enabled ="
            + " true compares responses of one prompt)",
        experiment.rollout().groupSize());
    String metric = experiment.algorithm().dynamicSampling().metric();
    if (!metric.isEmpty()) {
      requireReward(experiment, "algorithm.dynamic-sampling.metric", metric);
    }
  }

  private static void requireReward(Experiment experiment, String key, String name) {
    Require.that(
        experiment.reward().containsKey(name),
        "%s: %s (expected: the name of a reward, %s)",
        key,
        name,
        NearestName.expectation(name, experiment.reward().keySet()));
  }
}
