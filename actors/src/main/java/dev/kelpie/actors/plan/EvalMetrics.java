package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.reward.ScoreParts;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The numbers of one evaluation, sampled and greedy apart. */
public final class EvalMetrics {
  private final Pass sampled = new Pass();
  private final Pass greedy = new Pass();

  private static final class Pass {
    private final Map<String, Double> parts = new LinkedHashMap<>();
    private final Map<String, Long> counts = new HashMap<>(); // values of each part
    private double reward;
    private long scored;
    private long failed;

    void add(RewardOutcome outcome) {
      if (outcome instanceof RewardOutcome.Scored item) {
        scored++;
        reward += item.score().value();
        item.score()
            .parts()
            .forEach(
                (name, value) -> {
                  parts.merge(name, (double) value, Double::sum);
                  counts.merge(name, 1L, Long::sum);
                });
      } else {
        failed++;
      }
    }

    void write(String prefix, Map<String, Double> values) {
      if (scored + failed == 0) {
        return;
      }
      if (parts.isEmpty() || parts.keySet().stream().anyMatch(Pass::isOfReward)) {
        values.put(prefix + "reward/mean", reward / scored);
      }
      parts.entrySet().stream()
          .filter(part -> isOfReward(part.getKey()))
          .sorted(Map.Entry.comparingByKey())
          .forEach(
              part -> values.put(prefix + "reward/" + part.getKey(), part.getValue() / scored));
      parts.keySet().stream()
          .filter(name -> !isOfReward(name))
          .sorted()
          .forEach(name -> writeScorer(prefix, name, values));
      values.put(prefix + "samples", (double) scored);
      values.put(prefix + "failed", (double) failed);
    }

    /** Else it is of a scorer that is only evaluated. */
    private static boolean isOfReward(String part) {
      return !part.startsWith(ScoreParts.HELD_OUT);
    }

    /** A scorer that is only evaluated: its mean, or how many samples it had no score for. */
    private void writeScorer(String prefix, String part, Map<String, Double> values) {
      String scorer = prefix + "scorer/" + part.substring(ScoreParts.HELD_OUT.length());
      double sum = parts.getOrDefault(part, 0.0);
      if (part.endsWith(ScoreParts.FAILED)) {
        values.put(scorer, sum);
      } else {
        values.put(scorer + "/mean", sum / counts.getOrDefault(part, 1L));
      }
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
