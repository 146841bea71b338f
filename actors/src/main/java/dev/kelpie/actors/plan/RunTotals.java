package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sums over the steps of this process. */
public final class RunTotals {
  private final Map<String, Double> timings = new LinkedHashMap<>();
  private long tokens;
  private long failedRewards;
  private long unequalGroups;

  /**
   * Adds a committed step: its units' rewards, its tokens, its times.
   *
   * @param unequal groups with two different rewards
   */
  void add(List<ScoredUnit> units, long unequal, long stepTokens, Map<String, Double> times) {
    tokens += stepTokens;
    times.forEach((name, seconds) -> timings.merge(name, seconds, Double::sum));
    unequalGroups += unequal;
    for (ScoredUnit unit : units) {
      failedRewards +=
          unit.outcomes().stream().filter(RewardOutcome.Failed.class::isInstance).count();
    }
  }

  public long tokens() {
    return tokens;
  }

  public long failedRewards() {
    return failedRewards;
  }

  public long unequalGroups() {
    return unequalGroups;
  }

  /** Share of the steps' time by phase. */
  public Map<String, Double> shares() {
    double step = timings.getOrDefault("timing_s/step", 0.0);
    Map<String, Double> shares = new LinkedHashMap<>();
    timings.forEach(
        (name, seconds) -> {
          if (step > 0 && !name.equals("timing_s/step")) {
            shares.put(name.substring("timing_s/".length()), seconds / step);
          }
        });
    return shares;
  }
}
