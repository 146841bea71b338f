package dev.kelpie.learner.shaping;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import java.util.HashMap;
import java.util.List;
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
public final class Constraints {
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
  public static Constraints of(Map<String, ConfigBlock> blocks) {
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
  public double penalty(Score score) {
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

  /**
   * Moves the multipliers after a step.
   *
   * @param scores of its responses
   * @return the multipliers that it used and the mean costs, by the names of their numbers
   */
  public Map<String, Double> update(List<Score> scores) {
    Map<String, Double> numbers = new TreeMap<>();
    options.forEach(
        (name, option) -> {
          double mean =
              scores.stream()
                  .mapToDouble(score -> cost(score, name))
                  .average()
                  .orElse(option.limit());
          double before = multipliers.getOrDefault(name, option.start());
          numbers.put(PREFIX + name + "/cost", mean);
          numbers.put(PREFIX + name + "/multiplier", before);
          multipliers.put(name, Math.max(0, before + option.rate() * (mean - option.limit())));
        });
    return numbers;
  }

  /** The multipliers of the next step, for a checkpoint. */
  public Map<String, Double> carried() {
    Map<String, Double> carried = new HashMap<>();
    multipliers.forEach((name, multiplier) -> carried.put(PREFIX + name, multiplier));
    return carried;
  }

  /** Continues with the multipliers of a checkpoint; one that it does not have begins anew. */
  public void restore(Map<String, Double> carried) {
    multipliers.replaceAll((name, start) -> carried.getOrDefault(PREFIX + name, start));
  }
}
