package dev.kelpie.cli;

import dev.kelpie.algorithms.advantage.AdvantageEstimator;
import dev.kelpie.algorithms.advantage.AdvantageEstimators;
import dev.kelpie.algorithms.advantage.Credit;
import dev.kelpie.algorithms.advantage.RewardBatch;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.ScoredGroups;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The advantages of a step's responses: those on record, else computed again from the rewards by
 * the run's own estimator. That is possible when it needs nothing but rewards; with values or a KL
 * penalty in the reward only the learner could tell, and there are none.
 */
final class StepAdvantages {
  private StepAdvantages() {}

  static Map<SampleId, PerToken> of(RunFolder folder, ScoredGroups step) {
    if (!step.advantages().isEmpty()) {
      return step.advantages();
    }
    try {
      Experiment.Algorithm algorithm =
          ExperimentFiles.load(folder.experimentFile(), List.of()).experiment().algorithm();
      AdvantageEstimator estimator = AdvantageEstimators.catalog().create(algorithm.advantage());
      boolean penalised =
          algorithm.kl().coef() > 0 && algorithm.kl().place() == Experiment.Kl.Place.REWARD;
      boolean computable =
          !estimator.needsValues() && !estimator.needsGreedyRewards() && !penalised;
      return computable ? computed(estimator, algorithm.rewardClip(), step.groups()) : Map.of();
    } catch (ConfigException | IllegalArgumentException e) {
      return Map.of(); // no readable experiment, or an estimator that needs more: samples remain
    }
  }

  private static Map<SampleId, PerToken> computed(
      AdvantageEstimator estimator, double clip, List<TrajectoryGroup> step) {
    List<ScoredTrajectory> rows =
        step.stream()
            .flatMap(group -> group.members().stream())
            .filter(member -> member.trajectory().response().length() > 0)
            .toList();
    double[][] mask = new double[rows.size()][];
    double[] scores = new double[rows.size()];
    int[] groups = new int[rows.size()];
    for (int b = 0; b < rows.size(); b++) {
      mask[b] = new double[rows.get(b).trajectory().response().length()];
      Arrays.fill(mask[b], 1);
      double reward = rows.get(b).reward();
      scores[b] = clip > 0 ? Math.max(-clip, Math.min(clip, reward)) : reward;
      groups[b] = rows.get(b).trajectory().id().group().index();
    }
    Map<SampleId, PerToken> advantages = new HashMap<>();
    if (rows.isEmpty()) {
      return advantages;
    }
    RewardBatch batch = RewardBatch.ofScores(scores, mask, groups);
    Credit credit = estimator.estimate(batch.withComponents(components(rows)));
    for (int b = 0; b < rows.size(); b++) {
      advantages.put(rows.get(b).trajectory().id(), credit.advantages(b));
    }
    return advantages;
  }

  /** The named parts of the rewards [K][B], in order of their names; none unless all rows agree. */
  private static double[][] components(List<ScoredTrajectory> rows) {
    List<String> names = List.copyOf(new TreeSet<>(rows.get(0).score().parts().keySet()));
    double[][] components = new double[names.size()][rows.size()];
    for (int k = 0; k < names.size(); k++) {
      for (int b = 0; b < rows.size(); b++) {
        Float part = rows.get(b).score().parts().get(names.get(k));
        if (part == null) {
          return new double[0][];
        }
        components[k][b] = part;
      }
    }
    return components;
  }
}
