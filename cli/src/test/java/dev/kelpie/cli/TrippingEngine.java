package dev.kelpie.cli;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.rollout.RolloutEngine;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A rollout engine that does something before each unit. */
record TrippingEngine(RolloutEngine engine, Consumer<RolloutUnit> before) implements RolloutEngine {
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
