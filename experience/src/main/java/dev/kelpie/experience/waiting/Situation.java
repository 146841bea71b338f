package dev.kelpie.experience.waiting;

import dev.kelpie.experience.RunPhase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The states of a run's actors at a moment, as its coordinator knows them: what {@link Diagnosis}
 * is made of.
 *
 * @param at when the coordinator put it together
 * @param step steps committed
 * @param lastProgress when a result came last, or a person asked for something
 * @param stallAfter {@code cluster.stall-after}
 * @param waits who waits for what; empty when nobody does
 * @param usual how long each kind of work takes in this run
 * @param budget why no more responses can be scored in this run, if a budget is spent
 * @param refused the last certificate of another process that was refused, if any was
 */
public record Situation(
    Instant at,
    RunPhase phase,
    long step,
    Instant lastProgress,
    Duration stallAfter,
    List<Wait> waits,
    List<NodeStatus> nodes,
    Map<Work, Usual> usual,
    Optional<String> budget,
    Optional<Refusal> refused) {
  /** A certificate that was refused, and why. */
  public record Refusal(Instant at, String reason) {}

  /**
   * The same by another clock, which is ahead by {@code drift}: the moments of the coordinator, not
   * those that actors have reported.
   */
  public Situation shifted(Duration drift) {
    return new Situation(
        at.plus(drift),
        phase,
        step,
        lastProgress.plus(drift),
        stallAfter,
        waits.stream().map(wait -> wait.shifted(drift)).toList(),
        nodes.stream().map(node -> node.shifted(drift)).toList(),
        usual,
        budget,
        refused);
  }

  public Situation {
    waits = List.copyOf(waits);
    nodes = List.copyOf(nodes);
    usual = Map.copyOf(usual);
  }
}
