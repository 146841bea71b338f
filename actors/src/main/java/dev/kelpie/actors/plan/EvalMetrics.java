package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of one evaluation, sampled and greedy apart. */
public final class EvalMetrics {
  private final Pass sampled = new Pass();
  private final Pass greedy = new Pass();

  private static final class Pass {
    private final Map<String, Double> parts = new LinkedHashMap<>();
    private double reward;
    private long scored;
    private long failed;

    void add(RewardOutcome outcome) {
      if (outcome instanceof RewardOutcome.Scored item) {
        scored++;
        reward += item.score().value();
        item.score()
            .parts()
            .forEach((name, value) -> parts.merge(name, (double) value, Double::sum));
      } else {
        failed++;
      }
    }

    void write(String prefix, Map<String, Double> values) {
      if (scored + failed == 0) {
        return;
      }
      values.put(prefix + "reward/mean", reward / scored);
      parts.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(
              part -> values.put(prefix + "reward/" + part.getKey(), part.getValue() / scored));
      values.put(prefix + "samples", (double) scored);
      values.put(prefix + "failed", (double) failed);
    }
  }

  /** Adds a unit's responses. */
  public void add(ScoredUnit unit, boolean greedily) {
    unit.outcomes().forEach((greedily ? greedy : sampled)::add);
  }

  /** {@code eval/reward/mean}, {@code eval/reward/PART}, ..., {@code eval/greedy/reward/mean}. */
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    sampled.write("eval/", values);
    greedy.write("eval/greedy/", values);
    return values;
  }
}
