package dev.kelpie.rollout;

import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Generates responses with one version of a policy's weights. Calls are made one at a time, from
 * any thread; the work itself runs on the engine's own native thread.
 */
public interface RolloutEngine extends AutoCloseable {
  /** The version of the weights it would generate with; empty when none are loaded. */
  Optional<PolicyVersion> version();

  /**
   * Takes other weights: checks their names and shapes first, then swaps. When it throws, the old
   * weights still serve.
   */
  void load(WeightSnapshot weights);

  /**
   * Generates the drawn responses of {@code unit}, one trajectory per draw, in their order. Blocks.
   * The result depends on nothing but the unit and the weights.
   */
  List<Trajectory> generate(RolloutUnit unit, Progress progress);

  /**
   * Loads the weights of another model, by which members of groups sample. Its configuration is
   * that of the checkpoint {@code folder}, or of the policy where it is empty.
   */
  default void loadModel(String name, Optional<Path> folder, WeightSnapshot weights) {
    throw new UnsupportedOperationException("this engine samples with the policy alone");
  }

  /** Loads the weights that a checkpoint folder has; without a folder, those of the start. */
  default void loadModel(String name, Optional<Path> folder) {
    throw new UnsupportedOperationException("this engine samples with the policy alone");
  }

  /** Gives back the memory of all other models but these. */
  default void keepModels(Set<String> names) {}

  /**
   * Generates the responses of one of the unit's members, in order of prompts, by the models that
   * are loaded. Blocks.
   */
  default List<Trajectory> generate(RolloutUnit unit, MemberDraws member, Progress progress) {
    throw new UnsupportedOperationException("this engine samples with the policy alone");
  }

  /** Gives back the memory of the weights until the next {@link #load}. */
  void release();

  @Override
  void close();

  /**
   * Receives the progress of a generation from time to time. Calls come from the engine's own
   * threads; what one throws ends the generation and is thrown by {@link #generate}.
   */
  @FunctionalInterface
  interface Progress {
    /**
     * Reports that {@code finishedRows} of {@code rows} responses have ended and {@code tokens}
     * were drawn so far.
     */
    void report(int finishedRows, int rows, long tokens);

    /** Reports the next tokens of row {@code row} of the unit; its stop token is the last. */
    default void drawn(int row, TokenIds tokens) {}
  }
}
