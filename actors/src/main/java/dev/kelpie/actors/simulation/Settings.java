package dev.kelpie.actors.simulation;

import dev.kelpie.config.AsyncOptions;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RunOptions;

/** Experiments that differ from others in a few blocks. */
public final class Settings {
  private Settings() {}

  /** An experiment with another unit size and staleness bound. */
  public static Experiment with(Experiment e, int unitPrompts, int maxStaleness) {
    RolloutOptions r = e.rollout();
    RolloutOptions rollout =
        new RolloutOptions(
            r.workers(),
            r.threads(),
            r.groupSize(),
            r.promptsPerStep(),
            unitPrompts,
            r.temperature(),
            r.topK(),
            r.topP(),
            r.minP(),
            r.maxNewTokens(),
            r.ignoreStop(),
            r.precision(),
            r.engine(),
            r.mix());
    return with(e, e.run(), rollout, new AsyncOptions(maxStaleness), e.eval());
  }

  static Experiment with(
      Experiment e, RunOptions run, RolloutOptions rollout, AsyncOptions async, EvalOptions eval) {
    return new Experiment(
        run,
        e.data(),
        e.policy(),
        e.value(),
        e.processReward(),
        e.onlineReward(),
        e.reference(),
        e.models(),
        e.variants(),
        rollout,
        e.members(),
        e.reward(),
        e.heldOut(),
        e.compare(),
        e.groupReward(),
        e.directions(),
        e.algorithm(),
        e.learner(),
        e.iterations(),
        async,
        e.checkpoint(),
        e.weights(),
        e.cluster(),
        e.dashboard(),
        e.tracking(),
        eval,
        e.gate(),
        e.sft(),
        e.rewardModel());
  }
}
