package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.Candidate;
import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How far two rankings of the group agree: {@code C = (tau + 1) / 2}, where tau is the rank
 * correlation of two named rewards over the group's responses. Every pair of the group has
 * probability C, or the mean of C over the step's groups.
 *
 * <p>CREAM, Wang et al. 2024, https://arxiv.org/abs/2410.12735, eq. 8.
 */
public record AgreementLabel(Options options) implements LabelRule {
  /** Which rank correlation. */
  public enum Measure {
    /** Tau-b: concordant minus discordant pairs, over the pairs that are ordered. */
    KENDALL,
    /** Pearson correlation of the ranks; equal scores share the mean of their ranks. */
    SPEARMAN
  }

  /** What has one value. */
  public enum Scope {
    /** A group. */
    PAIR,
    /** The step. */
    BATCH
  }

  public record Options(
      @Doc("names of the two rewards whose rankings are compared") List<String> between,
      @Doc("rank correlation: kendall or spearman") Measure measure,
      @Doc("one value for each group's pairs (pair) or for the step (batch)") Scope scope) {
    public static final Options DEFAULTS = new Options(List.of(), Measure.KENDALL, Scope.PAIR);

    public Options {
      between = List.copyOf(between);
    }
  }

  public AgreementLabel {
    Require.that(
        options.between.size() == 2,
        "between: %s (expected: the names of two rewards)",
        options.between);
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    double[] agreements = step.stream().mapToDouble(group -> agreement(group.members())).toArray();
    double sum = 0;
    for (double agreement : agreements) {
      sum += agreement;
    }
    List<List<Target>> labels = new ArrayList<>();
    for (int g = 0; g < agreements.length; g++) {
      double p = options.scope == Scope.BATCH ? sum / agreements.length : agreements[g];
      labels.add(Collections.nCopies(step.get(g).pairs().size(), Target.of(p)));
    }
    return labels;
  }

  private double agreement(List<Candidate> group) {
    double[] first = scores(group, options.between.get(0));
    double[] second = scores(group, options.between.get(1));
    double tau =
        options.measure == Measure.KENDALL
            ? RankCorrelation.kendall(first, second)
            : RankCorrelation.spearman(first, second);
    return (tau + 1) / 2;
  }

  private static double[] scores(List<Candidate> group, String name) {
    return group.stream().mapToDouble(member -> member.part(name)).toArray();
  }
}
