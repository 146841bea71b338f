package dev.kelpie.rewards.group;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.experience.Score;
import java.util.Collection;
import java.util.List;

/**
 * Compares by a vote of named rewards: {@code P(i over j)} is the share of them that give i more
 * than j, equal ones half. Preferences may then have cycles, which no sum of rewards has.
 */
record VotesComparison(Options options) implements Comparison {
  record Options(@Doc("names of the rewards that vote, one vote each") List<String> between) {
    static final Options DEFAULTS = new Options(List.of());

    Options {
      between = List.copyOf(between);
    }
  }

  VotesComparison {
    Require.that(
        !options.between.isEmpty(), "between: [] (expected: the names of the rewards that vote)");
  }

  @Override
  public ComparisonMatrix compare(List<Score> group) {
    return ComparisonMatrix.of(group.size(), (i, j) -> votes(group.get(i), group.get(j)));
  }

  private double votes(Score first, Score second) {
    double votes = 0;
    for (String name : options.between) {
      votes += (1 + Math.signum(Parts.of(first, name) - Parts.of(second, name))) / 2;
    }
    return votes / options.between.size();
  }

  @Override
  public Collection<String> rewards() {
    return options.between;
  }
}
