package dev.kelpie.runs;

import java.util.Map;

/** One line of the journal. */
sealed interface JournalEvent {
  /** A process started writing; {@code step} is that of the checkpoint it continues, or 0. */
  record Started(long step, long seed) implements JournalEvent {}

  /** An event of the samples of a group. */
  record Samples(LedgerEvent event) implements JournalEvent {}

  /** A step's update is done; its weights have this hash. */
  record Committed(long step, String policySha256) implements JournalEvent {}

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

  /** The run ended: finished, stopped or failed. */
  record Ended(String status, long step) implements JournalEvent {}
}
