package dev.kelpie.actors.plan;

import dev.kelpie.experience.UnitId;
import java.util.HashMap;
import java.util.Map;

/**
 * What the work of a step took, unit by unit, where {@link PhaseTimer} has the time that passed:
 * two workers at once count twice here. {@code kelpie plan} predicts other runs by these numbers.
 */
final class UnitTimes {
  private final Map<Long, Sums> steps = new HashMap<>();

  private static final class Sums {
    int units;
    double generate;
    double longest;
    double write;
    int loads;
    double load;
    int blocks;
    double score;
  }

  private Sums of(UnitId unit) {
    return steps.computeIfAbsent(unit.step(), step -> new Sums());
  }

  void generated(UnitId unit, double load, double generate, double write) {
    if (unit.isEval()) {
      return;
    }
    Sums sums = of(unit);
    sums.units++;
    sums.generate += generate;
    sums.longest = Math.max(sums.longest, generate);
    sums.write += write;
    if (load > 0) {
      sums.loads++;
      sums.load += load;
    }
  }

  void scored(UnitId unit, double seconds) {
    if (!unit.isEval()) {
      Sums sums = of(unit);
      sums.blocks++;
      sums.score += seconds;
    }
  }

  /** Adds the numbers of a step, and forgets it. */
  void put(long step, double publishSeconds, Map<String, Double> values) {
    Sums sums = steps.get(step);
    steps.keySet().removeIf(known -> known <= step);
    values.put("unit/publish_s", publishSeconds);
    if (sums == null || sums.units == 0) {
      return;
    }
    values.put("unit/count", (double) sums.units);
    values.put("unit/generate_s", sums.generate / sums.units);
    values.put("unit/generate_s_max", sums.longest);
    values.put("unit/write_s", sums.write / sums.units);
    if (sums.loads > 0) {
      values.put("unit/load_s", sums.load / sums.loads);
    }
    if (sums.blocks > 0) {
      values.put("unit/score_count", (double) sums.blocks);
      values.put("unit/score_s", sums.score / sums.blocks);
    }
  }
}
