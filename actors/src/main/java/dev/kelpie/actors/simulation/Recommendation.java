package dev.kelpie.actors.simulation;

import dev.kelpie.config.Experiment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Settings with which an experiment makes the best of its workers, found by simulating them.
 *
 * @param best the fastest on all workers; of those within 2 % of it the one with the smallest
 *     staleness bound
 * @param busy the same settings on the largest number of workers, halved again and again, that are
 *     busy for at least the asked share; empty where that is so on all workers, or on none
 * @param tried all that were simulated
 */
public record Recommendation(Forecast best, Optional<Forecast> busy, List<Forecast> tried) {
  private static final double ALIKE = 1.02;

  public Recommendation {
    tried = List.copyOf(tried);
  }

  /**
   * Simulates settings around those of an experiment.
   *
   * @param mostStaleness largest bound to try
   * @param busyShare part of the time for which workers should be busy
   */
  public static Recommendation of(
      Experiment experiment,
      Rates rates,
      Forecast.Machines machines,
      int steps,
      int mostStaleness,
      double busyShare) {
    List<Forecast> tried = new ArrayList<>();
    for (int staleness : bounds(experiment, mostStaleness)) {
      for (int unit : units(experiment.rollout().promptsPerStep(), machines.workers())) {
        tried.add(Forecast.of(Settings.with(experiment, unit, staleness), rates, machines, steps));
      }
    }
    double fastest = tried.stream().mapToDouble(Forecast::stepSeconds).min().orElseThrow() * ALIKE;
    Forecast best =
        tried.stream()
            .filter(one -> one.stepSeconds() <= fastest)
            .min(
                Comparator.comparingInt(Forecast::maxStaleness)
                    .thenComparingDouble(Forecast::stepSeconds))
            .orElseThrow();
    Experiment settings = Settings.with(experiment, best.unitPrompts(), best.maxStaleness());
    Optional<Forecast> busy = Optional.empty();
    for (int workers = machines.workers() / 2;
        best.busyShare() < busyShare && busy.isEmpty() && workers > 0;
        workers /= 2) {
      Forecast fewer = Forecast.of(settings, rates, machines.with(workers), steps);
      tried.add(fewer);
      busy = Optional.of(fewer).filter(one -> one.busyShare() >= busyShare);
    }
    return new Recommendation(best, busy, tried);
  }

  private static List<Integer> bounds(Experiment experiment, int most) {
    TreeSet<Integer> bounds = new TreeSet<>(List.of(experiment.async().maxStaleness()));
    // Iterations decide by themselves which version samples a step.
    for (int bound = 0; bound <= most && !experiment.iterations().used(); bound++) {
      bounds.add(bound);
    }
    return List.copyOf(bounds);
  }

  /** One unit for each worker, and smaller ones: about one, two and four for each. */
  private static List<Integer> units(int prompts, int workers) {
    TreeSet<Integer> units = new TreeSet<>(List.of(0));
    for (int each = 1; each <= 4; each *= 2) {
      long wanted = Math.max(1, Math.round((double) prompts / workers / each));
      int size = (int) Math.min(prompts, wanted);
      while (prompts % size != 0) {
        size--;
      }
      units.add(size);
    }
    return List.copyOf(units);
  }
}
