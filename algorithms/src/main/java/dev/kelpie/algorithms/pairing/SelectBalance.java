package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Keeps the responses whose score is at least a threshold that is chosen anew in each step: of
 * {@code thresholds} the one with the highest balance of exploration and exploitation, the mean
 * over the prompts of {@code min(right / wanted, 1) right / kept}, where {@code kept} of a prompt's
 * responses would be kept and {@code right} of those are right. A prompt of which none would be
 * kept counts 0; of equal thresholds the first is chosen.
 *
 * <p>B-STaR, Zeng et al. 2024, https://arxiv.org/abs/2412.17256. Differs: the step's own samples
 * decide, not those of a subset drawn before, the temperature is not part of the grid, and right
 * responses that are equal all count.
 */
public record SelectBalance(Options options) implements Select {
  private static final String NUMBERS = "select/";

  public record Options(
      @Doc("scores that a response may have to reach, of which each step uses one")
          List<Double> thresholds,
      @Doc("name of the reward that is above 0 where a response is right") String right,
      @Doc("right responses to a prompt that are enough") int wanted) {
    public static final Options DEFAULTS = new Options(List.of(), "", 8);

    public Options {
      thresholds = List.copyOf(thresholds);
      Require.atLeast("wanted", wanted, 1);
    }
  }

  public SelectBalance {
    Require.that(
        !options.thresholds.isEmpty() && options.thresholds.stream().allMatch(Double::isFinite),
        "thresholds: %s (expected: at least one finite number)",
        options.thresholds);
    Require.that(!options.right.isEmpty(), "right: empty (expected: the name of a reward)");
  }

  @Override
  public Set<String> rewards() {
    return Set.of(options.right);
  }

  @Override
  public Select over(List<List<Candidate>> groups) {
    Map<String, Double> numbers = new TreeMap<>();
    double best = options.thresholds.get(0);
    double highest = -1;
    for (double threshold : options.thresholds) {
      double mean =
          groups.stream().mapToDouble(group -> balance(group, threshold)).average().orElse(0);
      numbers.put(NUMBERS + "balance_at/" + threshold, mean);
      if (mean > highest) {
        highest = mean;
        best = threshold;
      }
    }
    numbers.put(NUMBERS + "threshold", best);
    numbers.put(NUMBERS + "balance", highest);
    return new Chosen(new SelectThreshold(new SelectThreshold.Options(best)), numbers);
  }

  /** What the responses of one prompt add to the balance of a threshold; in [0, 1]. */
  private double balance(List<Candidate> group, double threshold) {
    List<Candidate> kept = group.stream().filter(one -> one.score() >= threshold).toList();
    if (kept.isEmpty()) {
      return 0;
    }
    double right = kept.stream().filter(one -> one.part(options.right) > 0).count();
    return Math.min(right / options.wanted, 1) * right / kept.size();
  }

  /** Chooses by the group alone. */
  @Override
  public List<Candidate> keep(List<Candidate> group, Draws draws) {
    return over(List.of(group)).keep(group, draws);
  }

  private record Chosen(Select selected, Map<String, Double> numbers) implements Select {
    @Override
    public List<Candidate> keep(List<Candidate> group, Draws draws) {
      return selected.keep(group, draws);
    }
  }
}
