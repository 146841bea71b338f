package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.StepMetrics;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Curves reduced to a number of points that a page can draw, however long the run. The steps are
 * cut into stretches of equal length; of each stretch a curve keeps its lowest and its highest
 * point, so that no spike is lost. Times keep the mean instead, because they are stacked and need
 * the same steps.
 */
final class Curves {
  private static final String TIMES = "timing_s/";

  private Curves() {}

  /** The names of all numbers that the steps have. */
  static Set<String> names(List<StepMetrics> steps) {
    return steps.stream()
        .flatMap(step -> step.values().keySet().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The curves called {@code names} as {@code {name: {s: [steps], v: [values]}}}. */
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
    double[] found = all.stream().mapToDouble(step -> step.get(name)).toArray();
    int[] known = IntStream.range(0, found.length).filter(i -> !Double.isNaN(found[i])).toArray();
    int stretches = known.length <= points ? known.length : Math.max(1, points / 2);
    for (int stretch = 0; stretch < stretches; stretch++) {
      int from = start(stretch, stretches, known.length);
      int to = start(stretch + 1, stretches, known.length);
      int lowest = known[from];
      int highest = known[from];
      for (int i = from; i < to; i++) {
        lowest = found[known[i]] < found[lowest] ? known[i] : lowest;
        highest = found[known[i]] > found[highest] ? known[i] : highest;
      }
      int first = Math.min(lowest, highest);
      int second = Math.max(lowest, highest);
      target.add(all.get(first), found[first]);
      if (second != first) {
        target.add(all.get(second), found[second]);
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
