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

  /** Adds a committed step: its units' rewards, its tokens, its times. */
  void add(List<ScoredUnit> units, int groupSize, long stepTokens, Map<String, Double> times) {
    tokens += stepTokens;
    times.forEach((name, seconds) -> timings.merge(name, seconds, Double::sum));
    for (ScoredUnit unit : units) {
      for (int from = 0; from < unit.outcomes().size(); from += groupSize) {
        count(unit.outcomes().subList(from, from + groupSize));
      }
    }
  }

  private void count(List<RewardOutcome> group) {
    failedRewards += group.stream().filter(RewardOutcome.Failed.class::isInstance).count();
    long different =
        group.stream()
            .filter(RewardOutcome.Scored.class::isInstance)
            .map(outcome -> ((RewardOutcome.Scored) outcome).score().value())
            .distinct()
            .count();
    unequalGroups += different > 1 ? 1 : 0;
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
