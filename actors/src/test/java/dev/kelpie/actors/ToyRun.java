package dev.kelpie.actors;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.config.AsyncOptions;
import dev.kelpie.config.CheckpointOptions;
import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Goal;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RunOptions;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.experience.scoring.ScoreRequest;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.runs.RunSummary;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A small run with toy parts; the builder's methods change one thing each. */
public final class ToyRun {
  static final Config SERIALIZED =
      ConfigFactory.parseMap(Map.of("akka.actor.serialize-messages", true));

  private final Path folder;
  private long steps = 6;
  private int workers = 1;
  private int unitPrompts = 1;
  private int checkpointEvery = 2;
  private int staleness;
  private IterationOptions iterations = IterationOptions.DEFAULTS;
  private EvalOptions.Gate gate = EvalOptions.Gate.DEFAULTS;
  private boolean resume;
  private boolean scored;
  private boolean beforeRewards;
  private boolean evaluated = true;
  private Duration pace = Duration.ZERO;
  private Duration stallAfter = Duration.ofMinutes(2);
  private Duration rewardTimeout = Duration.ofSeconds(10);
  private Duration rejoinTimeout = Duration.ofSeconds(60);
  private Reward reward = new ToyReward();
  private Supplier<? extends RolloutEngine> engines = () -> new ToyEngine(pace);
  private Supplier<? extends PolicyTrainer> trainer = () -> new ToyTrainer(pace.dividedBy(4));
  private Supplier<? extends LogprobScorer> scorer = ToyScorer::new;
  private int threads = 1;
  private List<String> roles = List.of();
  private int port;
  private int bulkPort;
  private String seed = "";
  private String host = "127.0.0.1";
  private String tlsPath = "";

  /** Sum of the tokens, as a reward. */
  static final class ToyReward implements Reward {
    @Override
    public Score score(Trajectory trajectory) {
      int first = trajectory.response().get(0);
      return new Score(first, Map.of("first", (float) first));
    }

    @Override
    public String version() {
      return "toy-1";
    }
  }

  /** The first number of the models, as a reward. */
  static final class NumbersReward implements Reward {
    @Override
    public List<ScoreRequest> requests() {
      return List.of(ScoreRequest.ofResponse(TrainingBatch.REFERENCE));
    }

    @Override
    public Score score(Trajectory trajectory) {
      return score(trajectory, SampleNumbers.NONE);
    }

    @Override
    public Score score(Trajectory trajectory, SampleNumbers numbers) {
      return new Score(numbers.get(TrainingBatch.REFERENCE).get(0), Map.of());
    }

    @Override
    public String version() {
      return "numbers-1";
    }
  }

  public ToyRun(Path folder) {
    this.folder = folder;
  }

  public ToyRun steps(long number) {
    steps = number;
    return this;
  }

  public ToyRun workers(int number) {
    workers = number;
    return this;
  }

  ToyRun unitPrompts(int number) {
    unitPrompts = number;
    return this;
  }

  ToyRun checkpointEvery(int number) {
    checkpointEvery = number;
    return this;
  }

  ToyRun staleness(int number) {
    staleness = number;
    return this;
  }

  /** What the evaluations, at every third step, decide. */
  ToyRun gate(EvalOptions.Gate other) {
    gate = other;
    return this;
  }

  ToyRun resume() {
    resume = true;
    return this;
  }

  public ToyRun scored() {
    scored = true;
    return this;
  }

  /** Rewards wait for the numbers of the models. */
  public ToyRun rewardsNeedNumbers() {
    beforeRewards = true;
    reward = new NumbersReward();
    return scored();
  }

  ToyRun withoutEvaluation() {
    evaluated = false;
    return this;
  }

  ToyRun pace(Duration perUnit) {
    pace = perUnit;
    return this;
  }

  ToyRun stallAfter(Duration time) {
    stallAfter = time;
    return this;
  }

  ToyRun rejoinTimeout(Duration time) {
    rejoinTimeout = time;
    return this;
  }

  ToyRun reward(Reward other, Duration timeout) {
    reward = other;
    rewardTimeout = timeout;
    return this;
  }

  public ToyRun engines(Supplier<? extends RolloutEngine> others) {
    engines = others;
    return this;
  }

  public ToyRun trainer(Supplier<? extends PolicyTrainer> other) {
    trainer = other;
    return this;
  }

  public ToyRun scored(Supplier<? extends LogprobScorer> other) {
    scorer = other;
    return scored();
  }

  /** Native threads of each part. */
  public ToyRun threads(int number) {
    threads = number;
    return this;
  }

  ToyRun cluster(List<String> parts, int ownPort, String learner) {
    roles = parts;
    port = ownPort;
    seed = learner;
    return this;
  }

  /** Listens on {@code address}, with the certificates in {@code folder}. */
  ToyRun encrypted(String address, Path folder) {
    host = address;
    tlsPath = folder.toString();
    return this;
  }

  /** Port of the bulk server. */
  ToyRun bulkPort(int other) {
    bulkPort = other;
    return this;
  }

  private Experiment experiment() {
    Experiment d = Experiment.DEFAULTS;
    return new Experiment(
        new RunOptions("toy", steps, 11),
        d.data(),
        d.policy(),
        d.value(),
        d.processReward(),
        d.onlineReward(),
        new ReferenceOptions(ReferenceOptions.Schedule.EMA, "", 1, d.reference().decay(), "", ""),
        d.models(),
        d.variants(),
        new RolloutOptions(
            workers,
            threads,
            3,
            4,
            unitPrompts,
            1,
            0,
            1,
            0,
            8,
            false,
            d.rollout().precision(),
            "djl"),
        d.members(),
        Map.of("toy", ConfigBlock.empty("reward.toy")),
        Map.of(),
        d.compare(),
        d.groupReward(),
        d.directions(),
        d.algorithm(),
        new LearnerOptions(
            threads,
            1e-3,
            "constant",
            0,
            0,
            0,
            0.9,
            0.95,
            1e-8,
            0.01,
            1,
            1,
            1,
            8192,
            d.learner().precision()),
        iterations,
        new AsyncOptions(staleness),
        new CheckpointOptions(checkpointEvery, 2, "", Goal.MAX),
        d.weights(),
        new ClusterOptions(
            host,
            "",
            port,
            bulkPort,
            roles,
            seed,
            tlsPath,
            false,
            List.of(),
            rejoinTimeout,
            rewardTimeout,
            stallAfter),
        d.dashboard(),
        d.tracking(),
        new EvalOptions(evaluated ? 3 : 0, evaluated ? "held-out" : "", 5, 1, true, ""),
        gate,
        d.sft(),
        d.rewardModel());
  }

  RunSetup setup() {
    return new RunSetup(
        experiment(),
        new RunFolder(folder),
        engines,
        trainer,
        scored
            ? Optional.of(
                new RunSetup.Scoring(
                    scorer, beforeRewards, Optional.of("reference.schedule = ema"), "reference"))
            : Optional.empty(),
        () -> reward,
        () -> new Numbered(1000),
        evaluated ? Optional.of(() -> new Numbered(7)) : Optional.empty(),
        step -> TokenIds.empty(),
        List.of("data.path: 3 of 1000 prompts left out"),
        resume,
        "");
  }

  RunNode start() {
    return RunNode.start(setup(), SERIALIZED, InstantSource.system());
  }

  /** Runs to the end, at most a minute. */
  public RunSummary run() {
    try (RunNode node = start()) {
      return await(node);
    }
  }

  static RunSummary await(RunNode node) {
    try {
      return node.done().toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError(
          "not done after 60 s: " + node.view().actors() + node.view().events(), e);
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  /** Prompts that are their own position. */
  private record Numbered(long size) implements PromptSource {
    @Override
    public Prompt at(long position) {
      return new Prompt(
          "p" + position,
          "prompt " + position,
          TokenIds.of((int) position),
          Optional.of("a"),
          Map.of());
    }
  }
}
