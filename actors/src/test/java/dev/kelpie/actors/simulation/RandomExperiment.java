package dev.kelpie.actors.simulation;

import dev.kelpie.config.AlgorithmOptions;
import dev.kelpie.config.AsyncOptions;
import dev.kelpie.config.CheckpointOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.DynamicSamplingOptions;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RunOptions;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Small experiments of all shapes that a coordinator leads. */
final class RandomExperiment {
  private RandomExperiment() {}

  static Experiment of(SplittableRandom random) {
    Experiment d = Experiment.DEFAULTS;
    int staleness = random.nextInt(5) < 3 ? 0 : 1 + random.nextInt(3);
    boolean refills = staleness == 0 && random.nextInt(4) == 0;
    IterationOptions iterations =
        staleness == 0 && !refills && random.nextInt(5) == 0
            ? new IterationOptions(
                1 + random.nextInt(2),
                1 + random.nextInt(2),
                List.of(),
                d.iterations().advance(),
                List.of(),
                d.iterations().branch())
            : d.iterations();
    int[] units = {0, 1, 2, 3};
    int unitPrompts = units[random.nextInt(units.length)];
    int prompts = Math.max(1, unitPrompts) * (1 + random.nextInt(3));
    int group = 1 + random.nextInt(3);
    int evalEvery = random.nextInt(3);
    boolean evaluated = random.nextInt(3) > 0;
    long steps = iterations.length() * Math.max(1, (2 + random.nextInt(4)) / iterations.length());
    return new Experiment(
        new RunOptions("simulated", steps, 11),
        d.data(),
        d.policy(),
        d.value(),
        d.processReward(),
        d.onlineReward(),
        d.reference(),
        d.models(),
        d.variants(),
        new RolloutOptions(
            1,
            1,
            group,
            prompts,
            unitPrompts,
            1,
            0,
            1,
            0,
            8,
            false,
            d.rollout().precision(),
            "djl",
            d.rollout().mix()),
        d.members(),
        Map.of("toy", ConfigBlock.empty("reward.toy")),
        Map.of(),
        d.compare(),
        d.groupReward(),
        d.directions(),
        refills ? refilled(d.algorithm()) : d.algorithm(),
        d.learner(),
        iterations,
        new AsyncOptions(staleness),
        new CheckpointOptions(random.nextInt(4), 1 + random.nextInt(2), "", d.checkpoint().goal()),
        d.weights(),
        d.cluster(),
        d.dashboard(),
        d.tracking(),
        new EvalOptions(
            evaluated ? evalEvery : 0,
            evaluated ? "held-out" : "",
            1 + random.nextInt(5),
            1,
            random.nextBoolean(),
            ""),
        d.gate(),
        d.sft(),
        d.rewardModel());
  }

  private static AlgorithmOptions refilled(AlgorithmOptions d) {
    return new AlgorithmOptions(
        d.preset(),
        d.advantage(),
        d.loss(),
        d.valueLoss(),
        d.select(),
        d.pairing(),
        d.label(),
        d.weight(),
        d.margin(),
        d.responseLabel(),
        d.tokenWeight(),
        d.klWeight(),
        d.tokenReward(),
        d.terms(),
        d.rows(),
        d.kl(),
        d.aggregation(),
        d.normLength(),
        d.entropyCoef(),
        d.entropy(),
        d.rewardClip(),
        d.overlong(),
        d.constraints(),
        new DynamicSamplingOptions(true, 2, ""),
        d.maskTruncated());
  }
}
