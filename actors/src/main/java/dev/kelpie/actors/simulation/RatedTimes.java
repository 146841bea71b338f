package dev.kelpie.actors.simulation;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;
import java.util.SplittableRandom;

/**
 * Times by measured rates. Units vary as those that were measured; nothing else does.
 *
 * @param transfer seconds to send the weights to another machine; 0 where there is none
 * @param learnerSpeed how much faster than measured the learner is
 * @param crowding how much slower native work is than measured, because generating and training
 *     overlap on too few cores; 1 where they do not
 */
record RatedTimes(
    Rates rates,
    Experiment experiment,
    double transfer,
    double learnerSpeed,
    double restart,
    double crowding,
    SplittableRandom random)
    implements WorkTimes {
  @Override
  public double generate(RolloutUnit unit) {
    double factor = Math.max(0.2, 1 + rates.spread() * normal());
    return rates.unit(experiment, unit.rows()) * factor * crowding;
  }

  /** A standard normal number, by the sum of twelve uniform ones. */
  private double normal() {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
      sum += random.nextDouble();
    }
    return sum;
  }

  @Override
  public double load() {
    return rates.load();
  }

  @Override
  public double transfer() {
    return transfer;
  }

  @Override
  public double score(UnitId unit, int rows) {
    return rates.score() * rows;
  }

  @Override
  public double reference(UnitId unit, int rows) {
    return rates.reference() * rows;
  }

  @Override
  public double train(long step, int rows) {
    return (rates.update(experiment, rows) * crowding + rates.rest(rows)) / learnerSpeed;
  }

  @Override
  public double publish() {
    return rates.publish();
  }

  @Override
  public double record() {
    return 0;
  }

  @Override
  public double save() {
    return rates.save();
  }

  @Override
  public double restartWorker() {
    return restart;
  }

  @Override
  public double restartLearner() {
    return restart;
  }
}
