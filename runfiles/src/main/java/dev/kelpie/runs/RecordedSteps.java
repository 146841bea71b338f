package dev.kelpie.runs;

import dev.kelpie.experience.StepMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a run's newest steps, within a quarter of the heap. The lines of a step are merged
 * in place; the oldest steps give way to what memory has no room for.
 */
final class RecordedSteps {
  /** An entry of two maps, its number, and the header of its name. */
  private static final int BYTES_PER_VALUE = 200;

  private static final int BYTES_PER_STEP = 400;
  private static final int MOST_STEP_BYTES = 4 << 20;

  private final long mostBytes;
  private final TreeMap<Long, Step> steps = new TreeMap<>();
  private long bytes;
  private long stepsLeftOut;
  private long numbersLeftOut;

  RecordedSteps() {
    this(Runtime.getRuntime().maxMemory() / 4);
  }

  RecordedSteps(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** Adds a line; a number whose name the step has already replaces the one before. */
  void add(StepMetrics line) {
    Step step = steps.get(line.step());
    if (step == null) {
      step = new Step(line.step());
      steps.put(line.step(), step);
      bytes += BYTES_PER_STEP;
    }
    for (Map.Entry<String, Double> number : line.values().entrySet()) {
      long added = step.put(number.getKey(), number.getValue());
      bytes += Math.max(0, added);
      numbersLeftOut += added < 0 ? 1 : 0;
    }
    while (bytes > mostBytes && steps.size() > 1) {
      bytes -= steps.pollFirstEntry().getValue().bytes;
      stepsLeftOut++;
    }
  }

  void clear() {
    steps.clear();
    bytes = 0;
    stepsLeftOut = 0;
    numbersLeftOut = 0;
  }

  /** The newest step, or 0 without one. */
  long last() {
    return steps.isEmpty() ? 0 : steps.lastKey();
  }

  /** The steps from {@code step} on, in order. */
  List<StepMetrics> from(long step) {
    List<StepMetrics> found = new ArrayList<>();
    steps.tailMap(step).values().forEach(one -> found.add(one.view()));
    return found;
  }

  /** Steps that have given way to newer ones. */
  long stepsLeftOut() {
    return stepsLeftOut;
  }

  /** Numbers for which their step had no room. */
  long numbersLeftOut() {
    return numbersLeftOut;
  }

  private static final class Step {
    private final long number;
    private final Map<String, Double> values = new LinkedHashMap<>();
    private @Nullable StepMetrics view;
    private long bytes = BYTES_PER_STEP;

    Step(long number) {
      this.number = number;
    }

    /** The bytes that it adds; -1 when the step has no room for it. */
    long put(String name, Double value) {
      long added = values.containsKey(name) ? 0 : BYTES_PER_VALUE + 2L * name.length();
      if (bytes + added > MOST_STEP_BYTES) {
        return -1;
      }
      values.put(name, value);
      bytes += added;
      view = null;
      return added;
    }

    StepMetrics view() {
      StepMetrics known = view;
      if (known == null) {
        known = new StepMetrics(number, values);
        view = known;
      }
      return known;
    }
  }
}
