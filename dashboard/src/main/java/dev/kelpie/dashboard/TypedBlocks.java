package dev.kelpie.dashboard;

import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.label.Labels;
import dev.kelpie.algorithms.label.Margins;
import dev.kelpie.algorithms.label.Weights;
import dev.kelpie.algorithms.loss.policy.ObjectiveOptions;
import dev.kelpie.algorithms.loss.policy.PolicyLosses;
import dev.kelpie.algorithms.loss.value.ValueLosses;
import dev.kelpie.algorithms.pairing.PairRules;
import dev.kelpie.algorithms.pairing.Pairings;
import dev.kelpie.algorithms.pairing.Selects;
import dev.kelpie.algorithms.preference.pair.PreferenceLosses;
import dev.kelpie.algorithms.score.ScoreLosses;
import dev.kelpie.config.TypedBlock;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.group.Comparisons;
import dev.kelpie.rewards.group.GroupRewards;
import java.util.List;
import java.util.Optional;

/** The blocks of an experiment file whose options depend on their type. */
public final class TypedBlocks {
  private TypedBlocks() {}

  /** All of them, in the order of the file. */
  public static List<TypedBlock> all() {
    return List.of(
        new TypedBlock("algorithm.advantage", AdvantageEstimators.catalog(), Optional.empty()),
        new TypedBlock(
            "algorithm.loss", PolicyLosses.catalog(), Optional.of(ObjectiveOptions.DEFAULTS)),
        new TypedBlock("algorithm.loss", PreferenceLosses.catalog(), Optional.empty()),
        new TypedBlock("algorithm.value-loss", ValueLosses.catalog(), Optional.empty()),
        new TypedBlock("algorithm.select", Selects.catalog(), Optional.empty()),
        new TypedBlock("algorithm.pairing", Pairings.catalog(), Optional.of(PairRules.DEFAULTS)),
        new TypedBlock("algorithm.label", Labels.catalog(), Optional.empty()),
        new TypedBlock("algorithm.weight", Weights.catalog(), Optional.empty()),
        new TypedBlock("algorithm.margin", Margins.catalog(), Optional.empty()),
        new TypedBlock("reward.NAME", Rewards.catalog(), Optional.of(Rewards.commonOptions())),
        new TypedBlock("held-out.NAME", Rewards.catalog(), Optional.empty()),
        new TypedBlock("compare", Comparisons.catalog(), Optional.of(Comparisons.commonOptions())),
        new TypedBlock("group-reward", GroupRewards.catalog(), Optional.empty()),
        new TypedBlock("reward-model.loss", ScoreLosses.catalog(), Optional.empty()));
  }
}
