package dev.kelpie.runs.doctor;

import dev.kelpie.experience.StepMetrics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongToDoubleFunction;

/** The metrics of a run as a test wants them: those of a healthy run, and others over them. */
final class MadeRun {
  private final Map<String, LongToDoubleFunction> metrics = new TreeMap<>();
  private RunFacts facts = new RunFacts(8, 2, true, Set.of());

  /** A run that learns: a reward of 0 or 1 whose mean rises from 0.4 to 0.8 in 40 steps. */
  static MadeRun healthy() {
    return new MadeRun()
        .with("reward/mean", step -> Math.min(0.8, 0.4 + 0.01 * step) + wave(step, 0.02))
        .with("reward/std", step -> 0.45)
        .with("reward/min", step -> 0)
        .with("reward/max", step -> 1)
        .with("reward/frac_zero_std", step -> 0.3)
        .with("reward/failed", step -> 0)
        .with("reward/length_correlation", step -> 0.4)
        .with("data/responses", step -> 64)
        .with("response_length/mean", step -> 14 + 0.2 * step)
        .with("response_length/clip_ratio", step -> 0.02)
        .with("response_repetition/mean", step -> 0.01)
        .with("policy/loss", step -> -0.1)
        .with("policy/grad_norm", step -> 0.7)
        .with("policy/entropy", step -> Math.max(0.05, 0.2 - 0.002 * step))
        .with("policy/approx_kl", step -> 1e-3)
        .with("policy/clip_frac", step -> step % 3 == 0 ? 0.001 : 0)
        .with("advantages/mean", step -> 0.2)
        .with("advantages/std", step -> 0.9)
        .with("mismatch/logprob_abs_diff_mean", step -> 3e-7)
        .with("mismatch/logprob_abs_diff_max", step -> 3e-6);
  }

  /** Up in even steps, down in odd ones. */
  static double wave(long step, double height) {
    return step % 2 == 0 ? height : -height;
  }

  MadeRun with(String name, LongToDoubleFunction ofStep) {
    metrics.put(name, ofStep);
    return this;
  }

  MadeRun without(String name) {
    metrics.remove(name);
    return this;
  }

  MadeRun facts(RunFacts others) {
    facts = others;
    return this;
  }

  StepMetrics step(long step) {
    Map<String, Double> values = new HashMap<>();
    metrics.forEach((name, ofStep) -> values.put(name, ofStep.applyAsDouble(step)));
    return new StepMetrics(step, values);
  }

  Examination examined(int steps) {
    Examination examination = new Examination(facts);
    for (long step = 1; step <= steps; step++) {
      examination.add(step(step));
    }
    return examination;
  }

  /** The names of the alarms after {@code steps} steps. */
  List<String> alarms(int steps) {
    return examined(steps).alarms().stream().map(Finding::rule).toList();
  }
}
