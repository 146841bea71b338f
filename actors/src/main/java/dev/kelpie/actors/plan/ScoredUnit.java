package dev.kelpie.actors.plan;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.List;
import java.util.Optional;

/**
 * A unit of rollout work with a reward for every row: what the learner needs to find its groups.
 *
 * @param file its trajectories, one row per response
 * @param outcomes the rewards, one per row
 * @param numbers log-probabilities under models, where the run needs them
 */
public record ScoredUnit(
    UnitId unit,
    FileTicket file,
    List<RewardOutcome> outcomes,
    Optional<FileTicket> numbers) {
  public ScoredUnit {
    outcomes = List.copyOf(outcomes);
  }
}
