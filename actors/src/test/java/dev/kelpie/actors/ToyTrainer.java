package dev.kelpie.actors;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * "Trains" by hashing all it consumes, in order, into the weights; attempts do not count. So two
 * runs end with the same weights only when they consumed the same samples in the same order.
 */
public final class ToyTrainer implements PolicyTrainer {
  private final Duration pace;
  private PolicyVersion version = new PolicyVersion(0);
  private long number = 42;

  public ToyTrainer(Duration pace) {
    this.pace = pace;
  }

  @Override
  public PolicyVersion version() {
    return version;
  }

  @Override
  public TrainedStep train(TrainingBatch batch) {
    double reward = 0;
    int members = 0;
    for (TrajectoryGroup group : batch.groups()) {
      for (ScoredTrajectory member : group.members()) {
        number = Mix.of(number, of(member.trajectory()), Float.floatToIntBits(member.reward()));
        PerToken reference = batch.referenceLogprobs().get(member.trajectory().id());
        number = Mix.of(number, reference == null ? 0 : Double.doubleToLongBits(reference.sum()));
        reward += member.reward();
        members++;
      }
      for (FailedTrajectory failed : group.failed()) {
        number = Mix.of(number, of(failed.trajectory()), failed.reason().hashCode());
      }
    }
    LockSupport.parkNanos(pace.toNanos());
    version = version.next();
    return new TrainedStep(
        new StepMetrics(batch.step(), Map.of("reward/mean", reward / members)),
        Map.of(),
        List.of());
  }

  private static long of(Trajectory trajectory) {
    long hash =
        Mix.of(
            trajectory.id().group().step(),
            trajectory.id().group().index(),
            trajectory.id().sample());
    for (int i = 0; i < trajectory.response().length(); i++) {
      hash = Mix.of(hash, trajectory.response().get(i), trajectory.versions().get(i).number());
    }
    return hash;
  }

  @Override
  public WeightSnapshot snapshot() {
    return new ToyWeights(version, number);
  }

  @Override
  public void save(Path folder) {
    try {
      Files.writeString(folder.resolve("toy.txt"), version.number() + " " + number);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restore(Path folder) {
    try {
      String[] parts = Files.readString(folder.resolve("toy.txt")).split(" ", 2);
      version = new PolicyVersion(Long.parseLong(parts[0]));
      number = Long.parseLong(parts[1]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void rollBack(Path folder) {
    PolicyVersion now = version;
    restore(folder);
    version = now;
  }

  @Override
  public void close() {}
}
