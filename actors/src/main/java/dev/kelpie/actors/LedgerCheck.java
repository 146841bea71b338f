package dev.kelpie.actors;

import java.util.List;
import java.util.Map;

/**
 * What the checker found in a run's ledger. Counts are of samples and their attempts.
 *
 * @param issued handed out to a rollout worker
 * @param consumed trained on
 * @param measured used by an evaluation
 * @param dropped given up, in all
 * @param inFlight neither consumed nor dropped yet
 * @param droppedBy given up, by reason
 * @param maxLag largest number of versions between sampling and training
 * @param violations what should never happen, in words; at most a few
 */
public record LedgerCheck(
    long issued,
    long consumed,
    long measured,
    long dropped,
    long inFlight,
    Map<String, Long> droppedBy,
    long maxLag,
    List<String> violations) {
  public LedgerCheck {
    droppedBy = Map.copyOf(droppedBy);
    violations = List.copyOf(violations);
  }

  /** True when nothing was consumed twice, nothing is missing and no lag was too large. */
  public boolean clean() {
    return violations.isEmpty() && issued == consumed + measured + dropped + inFlight;
  }
}
