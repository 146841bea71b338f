package dev.kelpie.algorithms.label;

import dev.kelpie.algorithms.pairing.GroupPairs;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;

/** The same probability for every pair: 1 is a hard label, 0.9 a tenth of wrong labels. */
public record ConstantLabel(Options options) implements LabelRule {
  public record Options(@Doc("probability that the chosen response is better") double probability) {
    public static final Options DEFAULTS = new Options(1);

    public Options {
      Require.within("probability", probability, 0, 1);
    }
  }

  @Override
  public List<List<Target>> labels(List<GroupPairs> step) {
    return PairRule.each(step, (group, pair) -> Target.of(options.probability));
  }

  @Override
  public boolean readsScores() {
    return false;
  }
}
