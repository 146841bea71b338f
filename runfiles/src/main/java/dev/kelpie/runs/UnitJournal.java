package dev.kelpie.runs;

import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.reward.Scale;
import java.util.List;
import java.util.Map;

/** The journal of what happens to units of rollout work. */
public interface UnitJournal {
  /** An attempt at a unit is issued to a rollout worker. */
  void issued(RolloutUnit unit);

  /** The unit's responses are on disk. */
  void received(RolloutUnit unit);

  /**
   * All rows of a unit have an outcome.
   *
   * @param outcomes one for each row, in order
   */
  void rewarded(RolloutUnit unit, List<RewardOutcome> outcomes);

  /** The unit was trained on, or is part of an evaluation. */
  void consumed(RolloutUnit unit);

  /**
   * The attempt is given up.
   *
   * @param reason one word for the journal
   */
  void dropped(RolloutUnit unit, String reason);

  /** Mean and spread of the values of rewards, by name, over the steps up to {@code step}. */
  void scaled(long step, Map<String, Scale> scales);

  /** The newest of them of the steps up to {@code step}; none where no reward is normalised so. */
  Map<String, Scale> scales(long step);
}
