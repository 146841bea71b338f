package dev.kelpie.experience.scoring;

import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the actors see of the models that score given text: the reference policy, named models. */
public interface LogprobScorer extends AutoCloseable {
  /**
   * All numbers that the run needs of the responses of one unit, by the names of their {@link
   * ScoreRequest}: per-token log-probabilities. Those of the reference policy are
   * log-softmax(logits / temperature) at the trajectory's sampling temperature, or at 1 for a loss
   * over pairs; those of named models are always at 1.
   */
  Map<String, Map<SampleId, PerToken>> score(List<Trajectory> trajectories);

  /** Of the numbers of the last {@link #score}, those that may be kept. */
  default Lookups lookups() {
    return Lookups.NONE;
  }

  /**
   * Receives every published policy version, in order; the reference schedule (frozen, refreshed,
   * moving average, previous iterate) and those of named models decide whether scoring weights
   * change. Need not be called when they never change.
   *
   * @return whether the scoring weights have changed
   */
  boolean observe(WeightSnapshot published);

  /**
   * Writes into the existing, empty {@code folder} what {@link #observe} has changed since the
   * start; nothing when nothing ever changes.
   */
  default void save(Path folder) {}

  /** Restores the state saved in {@code folder}. */
  default void restore(Path folder) {}

  @Override
  void close();
}
