package dev.kelpie.actors;

import dev.kelpie.experience.StepMetrics;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The coordinator's own numbers of a step: where its time went, tokens, staleness. */
final class StepNumbers {
  private final int groupSize;
  private final Supplier<Traffic.Totals> traffic;
  private final RunTotals totals = new RunTotals();
  private final Map<Long, Long> tokensOfStep = new HashMap<>();
  private StepClock clock = new StepClock(System.nanoTime());
  private Traffic.Totals trafficBefore = Traffic.Totals.NONE;
  private double writeSeconds;
  private double secondsToFirstStep = Double.NaN;
  private boolean emptyTold;

  /**
   * @param traffic messages between actors so far
   */
  StepNumbers(int groupSize, Supplier<Traffic.Totals> traffic) {
    this.groupSize = groupSize;
    this.traffic = traffic;
  }

  /** The first step begins. */
  void begin() {
    clock = new StepClock(System.nanoTime());
    trafficBefore = traffic.get();
  }

  /** A unit was generated; loading, generating and writing followed each other until now. */
  void generated(Coordinator.Generated done) {
    long written = System.nanoTime() - nanos(done.writeSeconds());
    long loaded = written - nanos(done.generateSeconds());
    clock.span(StepClock.Phase.WEIGHT_SYNC, done.loadSeconds(), loaded);
    if (done.unit().isEval()) {
      clock.span(StepClock.Phase.EVAL, done.generateSeconds(), written);
      return;
    }
    clock.span(StepClock.Phase.ROLLOUT, done.generateSeconds(), written);
    writeSeconds += done.writeSeconds();
    tokensOfStep.merge(done.unit().step(), done.tokens(), Long::sum);
  }

  /** Rows were scored until now. */
  void scored(Coordinator.RowsScored done) {
    boolean eval = done.unit().isEval();
    now(eval ? StepClock.Phase.EVAL : StepClock.Phase.REWARD, done.seconds());
  }

  /** A phase ended now. */
  void now(StepClock.Phase phase, double seconds) {
    clock.span(phase, seconds, System.nanoTime());
  }

  /** A step was trained and published; both followed each other until now. */
  void trained(Coordinator.Trained done) {
    long now = System.nanoTime();
    clock.span(StepClock.Phase.WEIGHT_SYNC, done.publishSeconds(), now);
    clock.span(
        StepClock.Phase.UPDATE_POLICY, done.trainSeconds(), now - nanos(done.publishSeconds()));
  }

  /** The step's time ends with its weights; its times by name. */
  Map<String, Double> close(Coordinator.Trained done) {
    Map<String, Double> times = clock.close(System.nanoTime());
    times.put("timing_s/other_write", writeSeconds);
    times.put("timing_s/other_read", done.readSeconds());
    writeSeconds = 0;
    return times;
  }

  /**
   * The learner's numbers and these.
   *
   * @param lags versions that each unit lagged
   */
  StepMetrics of(
      long step,
      List<ScoredUnit> units,
      StepMetrics learner,
      Map<String, Double> times,
      List<Long> lags) {
    long tokens = tokensOfStep.getOrDefault(step, 0L);
    tokensOfStep.keySet().removeIf(known -> known <= step);
    totals.add(units, groupSize, tokens, times);
    if (Double.isNaN(secondsToFirstStep)) {
      secondsToFirstStep = ProcessFigures.secondsSinceStart();
    }
    Map<String, Double> values = new LinkedHashMap<>(learner.values());
    values.putAll(times);
    values.put("throughput/tokens_per_s", tokens / times.getOrDefault("timing_s/step", 0.0));
    values.put("staleness/mean", lags.stream().mapToLong(lag -> lag).average().orElse(0));
    values.put("staleness/max", (double) lags.stream().mapToLong(lag -> lag).max().orElse(0));
    control(units, values);
    return new StepMetrics(step, values);
  }

  /** Messages between actors since the last step, for each sample of this one. */
  private void control(List<ScoredUnit> units, Map<String, Double> values) {
    Traffic.Totals now = traffic.get();
    Traffic.Totals since = now.minus(trafficBefore);
    trafficBefore = now;
    double samples = units.stream().mapToInt(unit -> unit.outcomes().size()).sum();
    values.put("control/messages_per_sample", since.messages() / samples);
    values.put("control/bytes_per_sample", since.bytes() / samples);
  }

  /** What a person should know of a step, the first time that it happens. */
  Optional<String> oddity(StepMetrics step) {
    double responses = step.get("data/responses");
    if (emptyTold || !(responses > 0) || step.get("data/empty_responses") < responses) {
      return Optional.empty();
    }
    emptyTold = true;
    return Optional.of(
        String.format(
            Locale.ROOT,
            "step %d: all %.0f responses are empty (expected: a token before the one that stops)",
            step.step(),
            responses));
  }

  RunTotals totals() {
    return totals;
  }

  double secondsToFirstStep() {
    return secondsToFirstStep;
  }

  private static long nanos(double seconds) {
    return (long) (seconds * 1e9);
  }
}
