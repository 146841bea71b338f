package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.reward.ScoreParts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Mean and spread of the values of rewards that are normalised by them. Those of a step begin to
 * count when it is trained, in the order of its units and rows, and for the rows of the first step
 * that begins after it. So they are a function of the steps alone, and no order in which rows are
 * scored, and no restart, changes them.
 */
final class RunningScales {
  private static final String SUFFIX = "/" + ScoreParts.UNSCALED;

  private RunningScales() {}

  /** The scales with the values of a step more; the same ones when it has none. */
  static Map<String, Scale> after(Map<String, Scale> before, List<ScoredUnit> step) {
    Map<String, Scale> scales = new HashMap<>(before);
    for (ScoredUnit unit : step) {
      for (RewardOutcome outcome : unit.outcomes()) {
        if (outcome instanceof RewardOutcome.Scored scored) {
          scored.score().parts().forEach((part, value) -> add(scales, part, value));
        }
      }
    }
    return scales;
  }

  private static void add(Map<String, Scale> scales, String part, double value) {
    if (part.endsWith(SUFFIX)) {
      String name = part.substring(0, part.length() - SUFFIX.length());
      scales.put(name, scales.getOrDefault(name, Scale.NONE).with(value));
    }
  }
}
