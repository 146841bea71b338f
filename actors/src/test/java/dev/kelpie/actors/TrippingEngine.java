package dev.kelpie.actors;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.rollout.RolloutEngine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A toy engine that does something before each unit. */
final class TrippingEngine implements RolloutEngine {
  private final ToyEngine engine = new ToyEngine(Duration.ZERO);
  private final Consumer<RolloutUnit> before;

  TrippingEngine(Consumer<RolloutUnit> before) {
    this.before = before;
  }

  @Override
  public Optional<PolicyVersion> version() {
    return engine.version();
  }

  @Override
  public void load(WeightSnapshot weights) {
    engine.load(weights);
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    before.accept(unit);
    return engine.generate(unit, progress);
  }

  @Override
  public void release() {
    engine.release();
  }

  @Override
  public void close() {
    engine.close();
  }
}
