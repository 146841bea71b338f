package dev.kelpie.runs;

import dev.kelpie.experience.reward.Scale;
import dev.kelpie.experience.scoring.ScorerState;
import java.util.Map;
import java.util.Optional;

/** One line of the journal. */
public sealed interface JournalEvent {
  /** A process started writing; {@code step} is that of the checkpoint it continues, or 0. */
  record Started(long step, long seed) implements JournalEvent {}

  /** A step's first unit is issued; the step has {@code units} units from now on. */
  record Split(long step, int units) implements JournalEvent {}

  /** A step samples {@code prompts} further prompts, because groups of it have equal rewards. */
  record Refilled(long step, int prompts) implements JournalEvent {}

  /** An event of the samples of a group. */
  record Samples(LedgerEvent event) implements JournalEvent {}

  /**
   * A step's update is done.
   *
   * @param weightsSha256 hash of its weights by their chunks; of their bytes in earlier journals,
   *     as in the other events
   * @param pairsSha256 hash of the file of its pairs; empty when its loss is not over pairs
   * @param processReward the process reward model that its tokens have rewards of, if any
   */
  record Committed(
      long step, String weightsSha256, String pairsSha256, Optional<ScorerState> processReward)
      implements JournalEvent {}

  /**
   * An iteration begins.
   *
   * @param step the step before it; its weights sample all steps of the iteration
   * @param iteration its number, from 1
   * @param weightsSha256 hash of those weights
   */
  record IterationBegan(long step, long iteration, String weightsSha256) implements JournalEvent {}

  /**
   * The weights after an iteration's last step were changed before they were published.
   *
   * @param operator copy, extrapolate or average
   * @param weightsSha256 hash of the published weights
   */
  record Advanced(long step, String operator, String weightsSha256) implements JournalEvent {}

  /**
   * A branch is discarded: the steps after {@code step} continue from earlier weights.
   *
   * @param to the version whose weights they continue from
   * @param weightsSha256 hash of those weights
   */
  record BranchDiscarded(long step, long to, String weightsSha256) implements JournalEvent {}

  /** Mean and spread of the values of rewards, by name, over the steps up to {@code step}. */
  record Scaled(long step, Map<String, Scale> scales) implements JournalEvent {
    public Scaled {
      scales = Map.copyOf(scales);
    }
  }

  /** A checkpoint is complete. */
  record Checkpointed(long step) implements JournalEvent {}

  /** Everything after {@code step} is discarded, because its weights are lost. */
  record Rewound(long step) implements JournalEvent {}

  /** Weights were measured on held-out prompts. */
  record Evaluated(long step, Map<String, Double> values) implements JournalEvent {
    public Evaluated {
      values = Map.copyOf(values);
    }
  }

  /** An evaluation is better than all before. */
  record Best(BestEvaluation evaluation) implements JournalEvent {}

  /** The step after {@code step} is trained from the weights after step {@code to}. */
  record RolledBack(long step, long to) implements JournalEvent {}

  /** The checkpoint of an evaluation has passed the gate. */
  record Promoted(BestEvaluation evaluation) implements JournalEvent {}

  /** The run ended: finished, stopped or failed. */
  record Ended(String status, long step) implements JournalEvent {}
}
