package dev.kelpie.actors;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.LogprobScorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A reference that hashes every version it is told of, so a missed or repeated one shows. */
public final class ToyScorer implements LogprobScorer {
  private long state = 7;

  @Override
  public Map<String, Map<SampleId, PerToken>> score(List<Trajectory> trajectories) {
    Map<SampleId, PerToken> logprobs = new HashMap<>();
    for (Trajectory trajectory : trajectories) {
      float value = -(float) Math.floorMod(Mix.of(state, trajectory.response().get(0)), 1000L);
      logprobs.put(trajectory.id(), PerToken.constant(value, trajectory.response().length()));
    }
    return Map.of(TrainingBatch.REFERENCE, logprobs);
  }

  @Override
  public boolean observe(WeightSnapshot published) {
    state = Mix.of(state, ToyWeights.numberOf(published), published.version().number());
    return true;
  }

  @Override
  public void save(Path folder) {
    try {
      Files.writeString(folder.resolve("toy.txt"), Long.toString(state));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restore(Path folder) {
    try {
      state = Long.parseLong(Files.readString(folder.resolve("toy.txt")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {}
}
