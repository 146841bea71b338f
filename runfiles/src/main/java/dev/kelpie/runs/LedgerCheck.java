package dev.kelpie.runs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts and violations of a run's ledger. Each attempt at a sample counts.
 *
 * @param checked whether the ledger was checked; otherwise all counts are 0
 * @param issued handed out to a rollout worker
 * @param consumed trained on
 * @param measured used by an evaluation
 * @param dropped given up, in all
 * @param inFlight neither consumed nor dropped yet
 * @param replayed trained on again by a later step; counted apart, as they stay consumed
 * @param droppedBy given up, by reason
 * @param maxLag largest number of versions between sampling and training
 * @param violations what must never happen, in words; at most a few
 */
public record LedgerCheck(
    boolean checked,
    long issued,
    long consumed,
    long measured,
    long dropped,
    long inFlight,
    long replayed,
    Map<String, Long> droppedBy,
    long maxLag,
    List<String> violations) {
  /** The result without a check. */
  public static final LedgerCheck NONE =
      new LedgerCheck(false, 0, 0, 0, 0, 0, 0, Map.of(), 0, List.of());

  public LedgerCheck {
    droppedBy = Map.copyOf(droppedBy);
    violations = List.copyOf(violations);
  }

  /** The counts of samples under their keys in {@code summary.json}. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("issued", issued);
    counts.put("consumed", consumed);
    counts.put("measured", measured);
    counts.put("dropped", dropped);
    counts.put("in-flight", inFlight);
    if (replayed > 0) {
      counts.put("replayed", replayed);
    }
    return counts;
  }

  /**
   * True when it was checked and nothing was consumed twice, nothing is missing and no lag was too
   * large.
   */
  public boolean clean() {
    return checked && violations.isEmpty() && issued == consumed + measured + dropped + inFlight;
  }
}
