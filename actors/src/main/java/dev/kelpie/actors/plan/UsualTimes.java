package dev.kelpie.actors.plan;

import dev.kelpie.experience.waiting.Usual;
import dev.kelpie.experience.waiting.Work;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;

/** How long each kind of work took in this run, of the newest {@value #KEPT} times. */
public final class UsualTimes {
  private static final int KEPT = 32;

  private final Map<Work, Deque<Double>> seconds = new EnumMap<>(Work.class);
  private final Map<Work, Long> counts = new EnumMap<>(Work.class);

  /** Work was done once, in so many seconds. */
  public void took(Work work, double time) {
    Deque<Double> known = seconds.computeIfAbsent(work, key -> new ArrayDeque<>());
    known.addLast(time);
    if (known.size() > KEPT) {
      known.removeFirst();
    }
    counts.merge(work, 1L, Long::sum);
  }

  /** What is known of the kinds of work that were done. */
  public Map<Work, Usual> usual() {
    Map<Work, Usual> usual = new EnumMap<>(Work.class);
    seconds.forEach(
        (work, known) -> {
          double[] sorted = known.stream().mapToDouble(Double::doubleValue).toArray();
          Arrays.sort(sorted);
          int middle = sorted.length / 2;
          double median =
              sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
          usual.put(
              work, new Usual(counts.getOrDefault(work, 0L), median, sorted[sorted.length - 1]));
        });
    return usual;
  }
}
