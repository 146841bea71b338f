package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.StepMetrics;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Curves of so few points that a page draws them at once, however long the run. The steps are cut
 * into stretches of equal length; of each stretch a curve keeps its lowest and its highest point,
 * so that no spike is lost. Times keep the mean instead, because they are stacked and need the same
 * steps.
 */
final class Curves {
  private static final String TIMES = "timing_s/";

  private Curves() {}

  /** The names of all numbers that the steps have. */
  static Set<String> names(List<StepMetrics> steps) {
    Set<String> names = new TreeSet<>();
    for (StepMetrics step : steps) {
      names.addAll(step.values().keySet());
    }
    return names;
  }

  /**
   * The curves called {@code names} as {@code {name: {s: [steps], v: [values]}}}.
   *
   * @param points how many points a curve may have
   */
  static ObjectNode of(List<StepMetrics> steps, Collection<String> names, int points) {
    ObjectNode curves = Json.object();
    for (String name : names) {
      ObjectNode curve = curves.putObject(name);
      Points target = new Points(curve.putArray("s"), curve.putArray("v"));
      if (name.startsWith(TIMES)) {
        means(steps, name, points, target);
      } else {
        extremes(steps, name, points, target);
      }
    }
    return curves;
  }

  private record Points(ArrayNode steps, ArrayNode values) {
    void add(StepMetrics step, double value) {
      steps.add(step.step());
      Json.add(values, value);
    }
  }

  private static void extremes(List<StepMetrics> all, String name, int points, Points target) {
    List<StepMetrics> steps = all.stream().filter(step -> !Double.isNaN(step.get(name))).toList();
    int stretches = steps.size() <= points ? steps.size() : Math.max(1, points / 2);
    for (int stretch = 0; stretch < stretches; stretch++) {
      int from = start(stretch, stretches, steps.size());
      int to = start(stretch + 1, stretches, steps.size());
      int lowest = from;
      int highest = from;
      for (int i = from; i < to; i++) {
        lowest = steps.get(i).get(name) < steps.get(lowest).get(name) ? i : lowest;
        highest = steps.get(i).get(name) > steps.get(highest).get(name) ? i : highest;
      }
      int first = Math.min(lowest, highest);
      int second = Math.max(lowest, highest);
      target.add(steps.get(first), steps.get(first).get(name));
      if (second != first) {
        target.add(steps.get(second), steps.get(second).get(name));
      }
    }
  }

  private static void means(List<StepMetrics> steps, String name, int points, Points target) {
    int stretches = Math.min(steps.size(), Math.max(1, points / 2));
    for (int stretch = 0; stretch < stretches; stretch++) {
      int from = start(stretch, stretches, steps.size());
      int to = start(stretch + 1, stretches, steps.size());
      double sum = 0;
      for (int i = from; i < to; i++) {
        double value = steps.get(i).get(name);
        sum += Double.isNaN(value) ? 0 : value;
      }
      target.add(steps.get(to - 1), sum / (to - from));
    }
  }

  private static int start(int stretch, int stretches, int steps) {
    return (int) ((long) stretch * steps / stretches);
  }
}
