package dev.kelpie.learner.shaping;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.OverlongOptions;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.reward.SoftOverlong;

/**
 * What the learner changes of a response's reward before credit is assigned: the clip, the soft
 * length penalty and the costs of constraints. Evaluations and recorded rewards do not have it.
 *
 * @param clip rewards are clipped to plus or minus this first; 0 is no clip
 * @param limit the longest response, in tokens
 */
public record RewardShaping(
    double clip, OverlongOptions overlong, int limit, Constraints constraints) {
  /** The shaping of an experiment. */
  public static RewardShaping of(Experiment experiment, Constraints constraints) {
    return new RewardShaping(
        experiment.algorithm().rewardClip(),
        experiment.algorithm().overlong(),
        experiment.rollout().maxNewTokens(),
        constraints);
  }

  /** The reward of a response that credit is assigned from. */
  public double shaped(ScoredTrajectory response) {
    double reward = response.reward();
    double clipped = clip > 0 ? Math.max(-clip, Math.min(clip, reward)) : reward;
    return clipped
        - overlong(response.trajectory().response().length())
        - constraints.penalty(response.score());
  }

  /** What a response of {@code length} tokens loses. */
  public double overlong(int length) {
    return overlong.share() > 0
        ? overlong.penalty() * SoftOverlong.penalty(length, limit, overlong.share() * limit)
        : 0;
  }
}
