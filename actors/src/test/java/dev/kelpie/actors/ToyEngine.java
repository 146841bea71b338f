package dev.kelpie.actors;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.rollout.RolloutEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * "Generates" tokens that are a hash of weights, prompt, sample and position. Takes {@code pace}
 * per unit, as a real engine takes time.
 */
public final class ToyEngine implements RolloutEngine {
  private final Duration pace;
  private Optional<PolicyVersion> version = Optional.empty();
  private long number;

  public ToyEngine(Duration pace) {
    this.pace = pace;
  }

  @Override
  public Optional<PolicyVersion> version() {
    return version;
  }

  @Override
  public void load(WeightSnapshot weights) {
    number = ToyWeights.numberOf(weights);
    version = Optional.of(weights.version());
  }

  @Override
  public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
    if (!version.equals(Optional.of(unit.version()))) {
      throw new IllegalStateException("loaded " + version + " (expected: " + unit.version() + ")");
    }
    List<Trajectory> rows = new ArrayList<>();
    for (int row = 0; row < unit.draws(); row++) {
      rows.add(trajectory(unit, row));
      progress.report(row + 1, unit.draws(), row + 1);
      LockSupport.parkNanos(pace.toNanos() / unit.draws());
    }
    return rows;
  }

  private Trajectory trajectory(RolloutUnit unit, int row) {
    SampleId id = unit.sampleId(row);
    long hash =
        Mix.of(
            number,
            unit.seed(),
            unit.id().purpose().name().hashCode(),
            unit.id().step(),
            id.group().index(),
            id.sample(),
            unit.prompt(row).tokens().get(0));
    int length = 1 + Math.floorMod(hash, unit.limit(row));
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = (int) Math.floorMod(Mix.of(hash, i), 100L);
    }
    return new Trajectory(
        id,
        unit.prompt(row),
        TokenIds.of(tokens),
        TokenIds.of(tokens).toString(),
        PerToken.constant(-1, length),
        PerToken.constant(-1, length),
        TokenVersions.uniform(unit.version(), length),
        FinishReason.STOP,
        Origin.POLICY,
        unit.sampling());
  }

  @Override
  public void release() {
    version = Optional.empty();
  }

  @Override
  public void close() {}
}
