package dev.kelpie.runs;

import java.util.List;
import java.util.Map;

/**
 * What the checker found in a run's ledger. Counts are of samples and their attempts.
 *
 * @param checked whether there was a check; without one everything else is empty
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
    boolean checked,
    long issued,
    long consumed,
    long measured,
    long dropped,
    long inFlight,
    Map<String, Long> droppedBy,
    long maxLag,
    List<String> violations) {
  /** Nobody looked. */
  public static final LedgerCheck NONE =
      new LedgerCheck(false, 0, 0, 0, 0, 0, Map.of(), 0, List.of());

  public LedgerCheck {
    droppedBy = Map.copyOf(droppedBy);
    violations = List.copyOf(violations);
  }

  /**
   * True when it was checked and nothing was consumed twice, nothing is missing and no lag was too
   * large.
   */
  public boolean clean() {
    return checked && violations.isEmpty() && issued == consumed + measured + dropped + inFlight;
  }
}
