package dev.kelpie.actors.plan;

import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.Lookups;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The coordinator's own numbers of a step: where its time went, tokens, staleness. */
public final class StepMetricsCollector {
  private final int promptsPerStep;
  private final Supplier<TrafficTotals> traffic;
  private final LongSupplier nanoTime;
  private final DoubleSupplier secondsSinceStart;
  private final RunTotals totals = new RunTotals();
  private final FailedShare failedShare = new FailedShare();
  private final StepsWithoutPairs withoutPairs = new StepsWithoutPairs();
  private final UnitTimes unitTimes = new UnitTimes();
  private final Disturbances disturbances = new Disturbances();
  private final Map<Long, Long> tokensOfStep = new HashMap<>();
  private final Map<Long, Lookups> lookupsOfStep = new HashMap<>();
  private PhaseTimer clock;
  private TrafficTotals trafficBefore = TrafficTotals.NONE;
  private double writeSeconds;
  private double publishSeconds;
  private double secondsToFirstStep = Double.NaN;
  private boolean emptyTold;

  /**
   * Creates a collector before the first step.
   *
   * @param traffic messages between actors so far
   * @param nanoTime the clock of the phases
   * @param secondsSinceStart age of the process
   */
  public StepMetricsCollector(
      int promptsPerStep,
      Supplier<TrafficTotals> traffic,
      LongSupplier nanoTime,
      DoubleSupplier secondsSinceStart) {
    this.promptsPerStep = promptsPerStep;
    this.traffic = traffic;
    this.nanoTime = nanoTime;
    this.secondsSinceStart = secondsSinceStart;
    this.clock = new PhaseTimer(nanoTime.getAsLong());
  }

  /** Takes faults, which disturb the step at hand. */
  public Disturbances disturbances() {
    return disturbances;
  }

  /** The first step begins. */
  public void begin() {
    clock = new PhaseTimer(nanoTime.getAsLong());
    trafficBefore = traffic.get();
  }

  /** A unit was generated; loading, generating and writing followed each other until now. */
  public void generated(
      UnitId unit, long tokens, double loadSeconds, double generateSeconds, double wrote) {
    unitTimes.generated(unit, loadSeconds, generateSeconds, wrote);
    long written = nanoTime.getAsLong() - nanos(wrote);
    long loaded = written - nanos(generateSeconds);
    clock.span(PhaseTimer.Phase.WEIGHT_SYNC, loadSeconds, loaded);
    if (unit.isEval()) {
      clock.span(PhaseTimer.Phase.EVAL, generateSeconds, written);
      return;
    }
    clock.span(PhaseTimer.Phase.ROLLOUT, generateSeconds, written);
    writeSeconds += wrote;
    tokensOfStep.merge(unit.step(), tokens, Long::sum);
  }

  /** Rows were scored until now. */
  public void scored(UnitId unit, double seconds) {
    unitTimes.scored(unit, seconds);
    now(unit.isEval() ? PhaseTimer.Phase.EVAL : PhaseTimer.Phase.REWARD, seconds);
  }

  /** Log-probabilities of a unit's responses were found among those that are kept, or were not. */
  public void lookedUp(UnitId unit, Lookups lookups) {
    if (!unit.isEval()) {
      lookupsOfStep.merge(unit.step(), lookups, Lookups::plus);
    }
  }

  /** A phase ended now. */
  public void now(PhaseTimer.Phase phase, double seconds) {
    clock.span(phase, seconds, nanoTime.getAsLong());
  }

  /** A step was trained and published; both followed each other until now. */
  public void trained(double trainSeconds, double published) {
    publishSeconds = published;
    long now = nanoTime.getAsLong();
    clock.span(PhaseTimer.Phase.WEIGHT_SYNC, published, now);
    clock.span(PhaseTimer.Phase.UPDATE_POLICY, trainSeconds, now - nanos(published));
  }

  /** The step's time ends with its weights; its times by name. */
  public Map<String, Double> close(double readSeconds) {
    Map<String, Double> times = clock.close(nanoTime.getAsLong());
    times.put("timing_s/other_write", writeSeconds);
    times.put("timing_s/other_read", readSeconds);
    writeSeconds = 0;
    return times;
  }

  /**
   * The learner's numbers and these.
   *
   * @param lags versions that each unit lagged
   */
  public StepMetrics of(
      long step,
      List<ScoredUnit> units,
      StepMetrics learner,
      Map<String, Double> times,
      List<Long> lags) {
    long tokens = tokensOfStep.getOrDefault(step, 0L);
    tokensOfStep.keySet().removeIf(known -> known <= step);
    Lookups lookups = lookupsOfStep.getOrDefault(step, Lookups.NONE);
    lookupsOfStep.keySet().removeIf(known -> known <= step);
    double equal = learner.values().getOrDefault("reward/frac_zero_std", 1.0);
    totals.add(units, Math.round((1 - equal) * promptsPerStep), tokens, times);
    if (Double.isNaN(secondsToFirstStep)) {
      secondsToFirstStep = secondsSinceStart.getAsDouble();
    }
    Map<String, Double> values = new LinkedHashMap<>(learner.values());
    values.putAll(times);
    values.put("throughput/tokens_per_s", tokens / times.getOrDefault("timing_s/step", 0.0));
    unitTimes.put(step, publishSeconds, values);
    values.put(EffectiveTime.DISTURBED, disturbances.take() ? 1.0 : 0.0);
    if (!units.isEmpty()) { // a step of a later epoch has the learner's numbers
      values.put("staleness/mean", lags.stream().mapToLong(lag -> lag).average().orElse(0));
      values.put("staleness/max", (double) lags.stream().mapToLong(lag -> lag).max().orElse(0));
      control(units, values);
    }
    if (lookups.asked() > 0) {
      values.put("data/reference_cached", (double) lookups.found() / lookups.asked());
    }
    return new StepMetrics(step, values);
  }

  /** Messages between actors since the last step, for each sample of this one. */
  private void control(List<ScoredUnit> units, Map<String, Double> values) {
    TrafficTotals now = traffic.get();
    TrafficTotals since = now.minus(trafficBefore);
    trafficBefore = now;
    double samples = units.stream().mapToInt(unit -> unit.outcomes().size()).sum();
    values.put("control/messages_per_sample", since.messages() / samples);
    values.put("control/bytes_per_sample", since.bytes() / samples);
  }

  /** What a person should know of a step, in words. */
  public List<String> warnings(StepMetrics step) {
    return Stream.of(oddity(step), failedShare(step), withoutPairs(step))
        .flatMap(Optional::stream)
        .toList();
  }

  /** A warning where too many responses of a step have no reward. */
  public Optional<String> failedShare(StepMetrics step) {
    return failedShare.warning(step);
  }

  /** A warning where steps make no pair. */
  public Optional<String> withoutPairs(StepMetrics step) {
    return withoutPairs.warning(step);
  }

  /** What a person should know of a step, the first time that it happens. */
  public Optional<String> oddity(StepMetrics step) {
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

  public RunTotals totals() {
    return totals;
  }

  public double secondsToFirstStep() {
    return secondsToFirstStep;
  }

  private static long nanos(double seconds) {
    return (long) (seconds * 1e9);
  }
}
