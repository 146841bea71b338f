package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import java.util.List;

/**
 * Certain labels whose targets are the levels of both responses, 1 for the best: one more than the
 * number of bounds above the score, or, without bounds, than the number of higher scores in the
 * group, equal ones counted once.
 *
 * <p>TRPA, https://arxiv.org/abs/2504.04524.
 */
public record LevelsLabel(Options options) implements LabelRule {
  public record Options(
      @Doc(
              "lowest scores of the levels, the last one left out, such as [1, 0.5]; empty: the"
                  + " ranks within the group")
          List<Double> bounds) {
    public static final Options DEFAULTS = new Options(List.of());

    public Options {
      bounds = List.copyOf(bounds);
    }
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(
        step,
        (group, pair) -> new Target(1, level(pair.chosen(), group), level(pair.rejected(), group)));
  }

  private double level(Candidate candidate, GroupPairs group) {
    double score = candidate.score();
    return 1
        + (options.bounds.isEmpty()
            ? group.members().stream()
                .map(Candidate::score)
                .distinct()
                .filter(other -> other > score)
                .count()
            : options.bounds.stream().filter(bound -> bound > score).count());
  }

  @Override
  public boolean makesTargets() {
    return true;
  }
}
