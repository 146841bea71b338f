package dev.kelpie.cli.sweep;

import dev.kelpie.experience.StepMetrics;
import dev.kelpie.runs.MetricsFile;
import dev.kelpie.runs.OpenJournals;
import dev.kelpie.runs.RunRecord;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the folder of a run says of it.
 *
 * @param status as in {@link RunRecord}, or {@code new}
 * @param error why it failed, in one line
 * @param steps steps done
 * @param before held-out reward of the weights at the start, or NaN
 * @param after the last measured held-out reward, or NaN
 * @param value the last value of the sweep's metric, or NaN
 * @param samples responses that it was trained on
 * @param seconds wall time without the start of the JVM; of a resumed run at least that of its
 *     steps
 * @param curve the metric by step
 * @param rewards the reward of training by step
 * @param names the names of all numbers that it has written
 */
record RunResult(
    SweepRun run,
    String status,
    Optional<String> error,
    long steps,
    double before,
    double after,
    double value,
    long samples,
    double seconds,
    SortedMap<Long, Double> curve,
    SortedMap<Long, Double> rewards,
    Set<String> names) {
  static final String FINISHED = "finished";
  static final String FAILED = "failed";
  static final String NEW = "new";
  static final String REWARD = "reward/mean";

  RunResult {
    curve = new TreeMap<>(curve);
    rewards = new TreeMap<>(rewards);
    names = Collections.unmodifiableSet(new TreeSet<>(names));
  }

  /** Reads the folder of {@code run}; {@code failure} is why this sweep has seen it fail. */
  static RunResult read(SweepRun run, String metric, Optional<String> failure, OpenJournals open) {
    if (!run.begun()) {
      return new RunResult(
          run,
          failure.isPresent() ? FAILED : NEW,
          failure,
          0,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          0,
          0,
          new TreeMap<>(),
          new TreeMap<>(),
          Set.of());
    }
    RunRecord record = RunRecord.read(run.folder(), open);
    Numbers numbers = new Numbers(metric);
    try {
      MetricsFile.readAll(run.folder(), numbers::add, damaged -> {});
    } catch (IOException e) {
      // no numbers: the table shows none
    }
    boolean finished = record.status().equals(FINISHED) && failure.isEmpty();
    long consumed = record.summary().at("/ledger/consumed").asLong(0);
    double seconds = Double.isNaN(record.seconds()) ? 0 : record.seconds();
    return new RunResult(
        run,
        failure.isPresent() ? FAILED : record.status(),
        failure.or(() -> reason(record)),
        record.done(),
        record.before(),
        record.after(),
        numbers.last,
        finished && consumed > 0 ? consumed : numbers.responses,
        Math.max(seconds, numbers.seconds),
        numbers.curve,
        numbers.rewards,
        numbers.names);
  }

  private static Optional<String> reason(RunRecord record) {
    return record.status().equals(FAILED)
        ? Optional.of(record.summary().path("error").asText("no reason in summary.json"))
        : Optional.empty();
  }

  /** The first value of the sweep's metric, or NaN. */
  double first() {
    return curve.values().stream().findFirst().orElse(Double.NaN);
  }

  boolean isFinished() {
    return status.equals(FINISHED);
  }

  private static final class Numbers {
    private final String metric;
    private final SortedMap<Long, Double> curve = new TreeMap<>();
    private final SortedMap<Long, Double> rewards = new TreeMap<>();
    private final Set<String> names = new TreeSet<>();
    private double last = Double.NaN;
    private long responses;
    private double seconds;

    Numbers(String metric) {
      this.metric = metric;
    }

    void add(StepMetrics line) {
      names.addAll(line.values().keySet());
      put(line, metric, curve);
      last = Double.isFinite(line.get(metric)) ? line.get(metric) : last;
      put(line, REWARD, rewards);
      responses += (long) orZero(line.get("data/responses"));
      seconds += orZero(line.get("timing_s/step"));
    }

    private static void put(StepMetrics line, String name, Map<Long, Double> into) {
      double value = line.get(name);
      if (Double.isFinite(value)) {
        into.put(line.step(), value);
      }
    }

    private static double orZero(double value) {
      return Double.isFinite(value) ? value : 0;
    }
  }
}
