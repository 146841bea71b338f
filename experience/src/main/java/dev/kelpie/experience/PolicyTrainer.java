package dev.kelpie.experience;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The learner as the actors use it. Calls are made one at a time; each may take minutes.
 *
 * <p>The same sequence of calls on the same inputs gives the same weights, bit for bit.
 */
public interface PolicyTrainer extends AutoCloseable {
  /** The version of the current weights. */
  PolicyVersion version();

  /** Consumes one batch: credit, losses, updates. The version grows by one. */
  TrainedStep train(TrainingBatch batch);

  /** The current weights of the policy, valid until the next call of {@link #train}. */
  WeightSnapshot snapshot();

  /**
   * The weights that the iteration began with, where later steps of it are sampled with them and
   * the current ones are others; valid like those of {@link #snapshot}.
   */
  default Optional<WeightSnapshot> samplingWeights() {
    return Optional.empty();
  }

  /**
   * Called before the first step of an iteration. Where it follows a branch that is discarded, the
   * weights return to those that the branch began with, which are the result.
   */
  default Optional<WeightSnapshot> discardBranch() {
    return Optional.empty();
  }

  /**
   * The reward model trained in the loop that scored the responses of the last step, or their
   * tokens, at its own version, where there is one; valid like the weights of {@link #snapshot}.
   */
  default Optional<WeightSnapshot> processReward() {
    return Optional.empty();
  }

  /** Writes everything that {@link #restore} needs into the existing, empty {@code folder}. */
  void save(Path folder);

  /** Restores the state saved in {@code folder}. */
  void restore(Path folder);

  /**
   * Returns to the state saved in {@code folder}, but for the version, which stays.
   *
   * @throws UnsupportedOperationException when it cannot, which its experiment must rule out
   */
  default void rollBack(Path folder) {
    throw new UnsupportedOperationException("no return to " + folder);
  }

  @Override
  void close();
}
