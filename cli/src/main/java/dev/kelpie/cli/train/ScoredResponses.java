package dev.kelpie.cli.train;

import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.learner.scoring.NamedModels;
import dev.kelpie.learner.scoring.ScoringPlan;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.Rewards;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A reward outside of a run, with the models that it needs: those of an evaluation, for which the
 * policy is at its start.
 */
record ScoredResponses(Reward reward, Optional<NamedModels> models, Duration timeout)
    implements AutoCloseable {
  static ScoredResponses open(Experiment experiment, Reward reward) {
    ScoringPlan plan = RunInputs.plan(experiment, reward);
    return new ScoredResponses(
        reward,
        plan.beforeRewards() ? Optional.of(NamedModels.open(experiment, plan)) : Optional.empty(),
        experiment.cluster().rewardTimeout());
  }

  /** The outcome of each response. */
  List<RewardOutcome> outcomes(List<Trajectory> responses) throws InterruptedException {
    Map<String, Map<SampleId, PerToken>> numbers =
        models.map(scorer -> scorer.score(responses)).orElse(Map.of());
    List<RewardOutcome> outcomes = new ArrayList<>();
    for (Trajectory response : responses) {
      outcomes.add(
          Rewards.score(reward, response, SampleNumbers.of(numbers, response.id()), timeout));
    }
    return outcomes;
  }

  @Override
  public void close() {
    models.ifPresent(NamedModels::close);
  }
}
