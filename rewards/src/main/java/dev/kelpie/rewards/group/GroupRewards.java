package dev.kelpie.rewards.group;

import dev.kelpie.config.Catalog;

/** All rewards within a group, by the name that {@code group-reward.type} gives. */
public final class GroupRewards {
  private GroupRewards() {}

  /** The catalog. */
  public static Catalog<?> catalog() {
    return rewards();
  }

  static Catalog<GroupReward> rewards() {
    return Catalog.<GroupReward>of("group reward")
        .add("win-rate", new WinRateReward())
        .add("rank", new RankReward())
        .add("levels", new LevelsReward())
        .add("pagerank", PageRankReward.Options.DEFAULTS, PageRankReward::new);
  }
}
