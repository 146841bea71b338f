package dev.kelpie.cli.check;

import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import java.util.Map;

/** The reward of a run that samples nothing: responses without a score of their own have 0. */
final class NoReward implements Reward {
  @Override
  public Score score(Trajectory trajectory) {
    return new Score(0, Map.of());
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.NONE;
  }

  @Override
  public String version() {
    return "none";
  }
}
