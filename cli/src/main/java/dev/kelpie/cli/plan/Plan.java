package dev.kelpie.cli.plan;

import dev.kelpie.actors.simulation.Forecast;
import dev.kelpie.actors.simulation.Rates;
import dev.kelpie.actors.simulation.Recommendation;
import dev.kelpie.config.Experiment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code kelpie plan} answers.
 *
 * @param runs those that were measured
 * @param given the experiment as it is
 * @param faulty the same on machines that fail
 * @param price of a rollout worker's hour; 0: no costs
 * @param learnerPrice of the learner's hour
 */
record Plan(
    Experiment experiment,
    List<Path> runs,
    Rates rates,
    Forecast.Machines machines,
    Forecast given,
    Optional<Recommendation> recommended,
    Optional<Forecast> faulty,
    double price,
    double learnerPrice) {
  Plan {
    runs = List.copyOf(runs);
  }

  /** Whether there is a price. */
  boolean priced() {
    return price > 0 || learnerPrice > 0;
  }

  /** Price of a step. */
  double cost(Forecast forecast) {
    return (forecast.workers() * price + learnerPrice) * forecast.stepSeconds() / 3600;
  }
}
