package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.algorithms.pairing.RowPair;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;

/**
 * Each named reward votes for the response that it scores higher, half for each where they are
 * equal: p is the share of votes for the chosen response, kept within {@code [clip, 1 - clip]}.
 */
public record VotesLabel(Options options) implements LabelRule {
  public record Options(
      @Doc("names of the rewards that vote") List<String> between,
      @Doc("smallest distance of the probability from 0 and 1") double clip) {
    public static final Options DEFAULTS = new Options(List.of(), 0);

    public Options {
      between = List.copyOf(between);
      Require.that(clip >= 0 && clip < 0.5, "clip: %s (expected: in [0, 0.5))", clip);
    }
  }

  public VotesLabel {
    Require.that(
        !options.between.isEmpty(), "between: [] (expected: the names of rewards that vote)");
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(step, (group, pair) -> Target.of(share(pair)));
  }

  private double share(RowPair pair) {
    return Math.max(options.clip, Math.min(1 - options.clip, share(pair, options.between)));
  }

  /** Share of the rewards {@code names} that prefer the chosen response. */
  static double share(RowPair pair, List<String> names) {
    double votes = 0;
    for (String name : names) {
      double gap = pair.chosen().part(name) - pair.rejected().part(name);
      votes += gap > 0 ? 1 : gap == 0 ? 0.5 : 0;
    }
    return votes / names.size();
  }

  @Override
  public boolean namesWinner() {
    return true;
  }
}
