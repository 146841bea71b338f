package dev.kelpie.learner;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Limits on the means of named rewards, here costs, as a Lagrangian: a response is worth its reward
 * minus each cost times its multiplier, and after a step {@code multiplier = max(0, multiplier +
 * rate (mean cost - limit))}. With all multipliers 0 a response is worth its reward, bit for bit.
 *
 * <p>Confronting Reward Model Overoptimization, Moskovitz et al. 2023,
 * https://arxiv.org/abs/2310.04373, section 4. Differs: multipliers are neither squashed nor
 * normalised, and no cost has a value head of its own.
 */
final class Constraints {
  private static final String PREFIX = "constraint/";

  /** A block of {@code algorithm.constraints}. */
  record Options(
      @Doc("largest mean of the reward over a step's responses") double limit,
      @Doc("change of the multiplier for a mean that is 1 above the limit") double rate,
      @Doc("multiplier of the first step") double start) {
    static final Options DEFAULTS = new Options(0, 0.1, 0);

    Options {
      Require.that(Double.isFinite(limit), "limit: %s (expected: a finite number)", limit);
      Require.positive("rate", rate);
      Require.atLeast("start", start, 0.0);
    }
  }

  private final Map<String, Options> options = new TreeMap<>();
  private final Map<String, Double> multipliers = new TreeMap<>();

  private Constraints() {}

  /**
   * The constraints of an experiment's {@code algorithm.constraints}, by the name of the reward.
   */
  static Constraints of(Map<String, ConfigBlock> blocks) {
    Constraints constraints = new Constraints();
    blocks.forEach(
        (name, block) -> {
          Options read = block.bind(Options.DEFAULTS);
          constraints.options.put(name, read);
          constraints.multipliers.put(name, read.start());
        });
    return constraints;
  }

  /** What all costs of a response take off its reward now. */
  double penalty(Score score) {
    double penalty = 0;
    for (Map.Entry<String, Double> multiplier : multipliers.entrySet()) {
      if (multiplier.getValue() != 0) {
        penalty += multiplier.getValue() * cost(score, multiplier.getKey());
      }
    }
    return penalty;
  }

  private static double cost(Score score, String name) {
    return score.parts().getOrDefault(name, 0f);
  }

  /** Moves the multipliers after a step, and reports those that it used. */
  void update(StepRows rows, StepReport report) {
    options.forEach(
        (name, option) -> {
          double mean =
              rows.rows().stream()
                  .mapToDouble(row -> cost(row.scored().score(), name))
                  .average()
                  .orElse(option.limit());
          double before = multipliers.getOrDefault(name, option.start());
          report.put(PREFIX + name + "/cost", mean);
          report.put(PREFIX + name + "/multiplier", before);
          multipliers.put(name, Math.max(0, before + option.rate() * (mean - option.limit())));
        });
  }

  /** The multipliers of the next step, for a checkpoint. */
  Map<String, Double> carried() {
    Map<String, Double> carried = new HashMap<>();
    multipliers.forEach((name, multiplier) -> carried.put(PREFIX + name, multiplier));
    return carried;
  }

  /** Continues with the multipliers of a checkpoint; one that it does not have begins anew. */
  void restore(Map<String, Double> carried) {
    multipliers.replaceAll((name, start) -> carried.getOrDefault(PREFIX + name, start));
  }
}
