package dev.kelpie.actors.simulation;

import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;
import java.util.SplittableRandom;

/** Work that takes a random time, sometimes much longer than usual. */
record RandomTimes(SplittableRandom random) implements WorkTimes {
  private double about(double seconds) {
    double factor = 0.2 + random.nextDouble(1.6);
    return seconds * (random.nextInt(12) == 0 ? 6 * factor : factor);
  }

  @Override
  public double generate(RolloutUnit unit) {
    return about(0.6);
  }

  @Override
  public double load() {
    return about(0.05);
  }

  @Override
  public double transfer() {
    return about(0.2);
  }

  @Override
  public double score(UnitId unit, int rows) {
    return about(0.1);
  }

  @Override
  public double reference(UnitId unit, int rows) {
    return about(0.1);
  }

  @Override
  public double train(long step, int rows) {
    return about(0.5);
  }

  @Override
  public double publish() {
    return about(0.05);
  }

  @Override
  public double record() {
    return about(0.05);
  }

  @Override
  public double save() {
    return about(0.3);
  }

  @Override
  public double restartWorker() {
    return about(1.5);
  }

  @Override
  public double restartLearner() {
    return about(2);
  }
}
