package dev.kelpie.runs;

import java.util.Map;

/** One line of the journal. */
sealed interface JournalEvent {
  /** A process began to write; {@code step} is the checkpoint it went on from, or 0. */
  record Started(long step, long seed) implements JournalEvent {}

  /** A step's first unit is issued; the step has {@code units} units from now on. */
  record Split(long step, int units) implements JournalEvent {}

  /** Something happened to a group's samples. */
  record Samples(LedgerEvent event) implements JournalEvent {}

  /** A step's update is done; its weights have this hash. */
  record Committed(long step, String policySha256) implements JournalEvent {}

  /** A checkpoint is complete. */
  record Checkpointed(long step) implements JournalEvent {}

  /** Everything after {@code step} is void, because its weights are gone. */
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
