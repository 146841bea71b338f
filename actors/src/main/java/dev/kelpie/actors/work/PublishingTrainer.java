package dev.kelpie.actors.work;

import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PairAnswers.AskedPair;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TrainedStep;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.scoring.ScorerState;
import dev.kelpie.runs.BestCheckpoint;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.SampleText;
import dev.kelpie.wire.arrow.ChunkedWeightHash;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.arrow.WeightsArrow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A trainer with what it needs to do a step: read the step's files, train, write and serve the new
 * weights, save checkpoints. Blocks; called by one thread at a time.
 */
public final class PublishingTrainer implements AutoCloseable {
  private final Supplier<? extends PolicyTrainer> trainers;
  private final FileExchange bulk;
  private final RunFolder folder;
  private final CheckpointStore commit;
  private final int checkpointsKept;
  private final int versionsBack;
  private final WeightPublisher weights;
  private final List<PublishedWeights> earlier = new ArrayList<>();
  private final boolean pairs;
  private final IterationOptions iterations;
  private final StepPool pool;
  private final Optional<PeopleQueue> people;
  private final long lastStep;
  private final CompletableFuture<Opened> opened;
  private @Nullable PolicyTrainer trainer;

  /**
   * What it starts with.
   *
   * @param start the weights that the iteration began with, where they are others
   */
  public record Opened(PublishedWeights weights, Optional<PublishedWeights> start) {}

  /**
   * Starts to make the trainer in the background, to restore the checkpoint if there is one, and to
   * publish the weights.
   */
  public PublishingTrainer(
      Supplier<? extends PolicyTrainer> trainers,
      Experiment experiment,
      FileExchange bulk,
      RunFolder folder,
      CheckpointStore commit,
      Optional<CheckpointStore.Saved> from) {
    this.trainers = trainers;
    this.bulk = bulk;
    this.folder = folder;
    this.commit = commit;
    this.checkpointsKept = experiment.checkpoint().keep();
    this.weights = new WeightPublisher(folder.weights(), versionsKept(experiment), bulk);
    this.versionsBack = versionsBack(experiment);
    this.pairs = experiment.algorithm().pairs();
    this.iterations = experiment.iterations();
    this.pool = new StepPool(iterations, experiment.run().seed(), folder);
    this.people = PeopleOptions.of(experiment).map(options -> new PeopleQueue(options, folder));
    this.lastStep = experiment.run().steps();
    this.opened = CompletableFuture.supplyAsync(() -> open(from), BackgroundThreads.THREADS);
  }

  /** The number of latest versions whose files are kept. */
  public static int versionsKept(Experiment experiment) {
    int used = experiment.async().maxStaleness() + 1 + versionsBack(experiment);
    return Math.max(experiment.weights().keep(), used);
  }

  /** How many versions before the policy members of groups may sample with. */
  private static int versionsBack(Experiment experiment) {
    return Members.of(experiment).versionsBack(experiment);
  }

  /** The weights it starts with; waits until the trainer is made. */
  public Opened opened() {
    return opened.join();
  }

  private Opened open(Optional<CheckpointStore.Saved> from) {
    PolicyTrainer made = trainers.get();
    trainer = made;
    from.ifPresent(saved -> made.restore(saved.learner()));
    long step = from.map(CheckpointStore.Saved::step).orElse(0L);
    if (!made.version().equals(new PolicyVersion(step))) {
      throw new IllegalStateException(
          "the trainer starts with " + made.version() + " (expected: v" + step + ")");
    }
    people.ifPresent(queue -> queue.opened(step));
    weights.open();
    from.ifPresent(saved -> publishEarlier(saved.earlier(), step));
    Optional<PublishedWeights> start = made.samplingWeights().map(this::publish);
    return new Opened(publish(made.snapshot()), start);
  }

  private PolicyTrainer trainer() {
    if (trainer == null) {
      throw new IllegalStateException("the trainer is not open");
    }
    return trainer;
  }

  /** The versions before those it starts with that members of groups may sample with. */
  public List<PublishedWeights> earlier() {
    return List.copyOf(earlier);
  }

  /** Publishes the versions before {@code step} that a checkpoint keeps in {@code saved}. */
  private void publishEarlier(Path saved, long step) {
    for (long version = Math.max(0, step - versionsBack); version < step; version++) {
      Path file = saved.resolve("policy-" + new PolicyVersion(version) + ".arrow");
      if (!Files.isRegularFile(file)) {
        throw new IllegalStateException(
            file + ": missing (expected: the weights that a member of members samples with)");
      }
      try (MappedWeights mapped = WeightsArrow.open(file)) {
        earlier.add(publish(mapped));
      }
    }
  }

  /** Keeps the versions before {@code step} that members sample with in the checkpoint. */
  private void saveEarlier(long step) {
    if (versionsBack == 0) {
      return;
    }
    Path target = commit.begin(step, "earlier");
    try {
      for (WeightFile file : weights.files()) {
        long version = file.version().number();
        if (version >= step - versionsBack && version < step) {
          Files.copy(file.path(), target.resolve(String.valueOf(file.path().getFileName())));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep earlier weights in " + target, e);
    }
  }

  private PublishedWeights publish(WeightSnapshot snapshot) {
    boolean sampled = iterations.steps() > 1 && iterations.boundary(snapshot.version().number());
    return weights.publish(snapshot, sampled);
  }

  /**
   * The result of a step.
   *
   * @param weights the new weights, published
   * @param pairsSha256 hash of the file of its pairs; empty when the loss is not over pairs
   * @param processReward the process reward model that its tokens have rewards of, if any
   * @param replayed the groups of earlier steps among those it was trained on
   * @param discardedTo hash of the weights that it was trained from after a discarded branch; empty
   *     where none ended
   * @param batch its own samples; empty in a later epoch, which has none
   * @param asked its own pairs that people are asked about
   */
  public record Step(
      StepMetrics metrics,
      PublishedWeights weights,
      String pairsSha256,
      Optional<ScorerState> processReward,
      List<ReplayedGroup> replayed,
      String discardedTo,
      double readSeconds,
      double trainSeconds,
      double publishSeconds,
      TrainingBatch batch,
      Map<SampleId, PerToken> advantages,
      Map<SampleId, PerToken> policyLogprobs,
      List<AskedPair> asked) {}

  /** A checkpoint is complete; none before {@code oldestKept} is left. */
  public record Saved(CheckpointStore.Saved checkpoint, long oldestKept, double seconds) {}

  /** Returns to the weights and the optimiser of the best checkpoint, that of {@code step}. */
  public void rollBack(long step) {
    Path best =
        new BestCheckpoint(folder.checkpoints())
            .of(step)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "checkpoints/best-step-"
                            + step
                            + ": missing (expected: the weights that the gate returns to)"));
    trainer().rollBack(best.resolve("learner"));
  }

  /** Reads the step's files, trains and publishes. */
  public Step train(long step, List<ScoredUnit> units) {
    long start = System.nanoTime();
    TrainingBatch own = read(step, units);
    StepPool.Pool pooled = iterations.samples(step) ? pool.of(own) : pool.again(step);
    StepPool.Pool samples = people.map(queue -> queue.join(pooled)).orElse(pooled);
    String discarded =
        iterations.boundary(step - 1)
            ? trainer().discardBranch().map(ChunkedWeightHash::of).orElse("")
            : "";
    long readAt = System.nanoTime();
    TrainedStep made = trainer().train(samples.batch());
    long trainedAt = System.nanoTime();
    String pairsSha256 = pairs ? new PairFiles(folder.rollouts()).write(step, made.pairs()) : "";
    PublishedWeights published = publish(trainer().snapshot());
    return new Step(
        metrics(step, made, samples),
        published,
        pairsSha256,
        processReward(),
        samples.replayed(),
        discarded,
        (readAt - start) / 1e9,
        (trainedAt - readAt) / 1e9,
        (System.nanoTime() - trainedAt) / 1e9,
        own,
        made.advantages(),
        made.policyLogprobs(),
        made.asked());
  }

  private Optional<ScorerState> processReward() {
    return trainer()
        .processReward()
        .map(model -> new ScorerState(model.version().number(), WeightHash.of(model)));
  }

  private StepMetrics metrics(long step, TrainedStep made, StepPool.Pool samples) {
    StepMetrics trained = made.metrics();
    if (people.isPresent()) {
      return new StepMetrics(step, people.get().metrics(step, trained.values(), made.asked()));
    }
    if (!iterations.used()) {
      return trained;
    }
    Map<String, Double> values = new LinkedHashMap<>(trained.values());
    values.put("iteration/number", (double) iterations.iteration(step));
    values.put("iteration/epoch", (double) iterations.epoch(step));
    values.put(
        "iteration/replayed",
        (double) samples.replayed().stream().mapToInt(ReplayedGroup::samples).sum());
    if (!iterations.replay().isEmpty()) {
      values.put("iteration/replay_absent", (double) samples.absent());
    }
    return new StepMetrics(step, values);
  }

  private TrainingBatch read(long step, List<ScoredUnit> units) {
    TreeMap<GroupId, List<ScoredTrajectory>> members = new TreeMap<>();
    TreeMap<GroupId, List<FailedTrajectory>> failed = new TreeMap<>();
    Map<String, Map<SampleId, PerToken>> numbers = new HashMap<>();
    for (ScoredUnit unit : units) {
      List<Trajectory> trajectories = bulk.trajectories(unit.file());
      for (int row = 0; row < trajectories.size(); row++) {
        Trajectory trajectory = trajectories.get(row);
        GroupId group = trajectory.id().group();
        List<ScoredTrajectory> good = members.computeIfAbsent(group, key -> new ArrayList<>());
        List<FailedTrajectory> bad = failed.computeIfAbsent(group, key -> new ArrayList<>());
        if (unit.outcomes().get(row) instanceof RewardOutcome.Scored scored) {
          good.add(new ScoredTrajectory(trajectory, scored.score()));
        } else {
          bad.add(
              new FailedTrajectory(
                  trajectory, ((RewardOutcome.Failed) unit.outcomes().get(row)).reason()));
        }
      }
      bulk.numbers(unit.numbers())
          .forEach(
              (name, own) -> numbers.computeIfAbsent(name, key -> new HashMap<>()).putAll(own));
    }
    List<TrajectoryGroup> groups =
        members.entrySet().stream()
            .map(
                group ->
                    new TrajectoryGroup(
                        group.getKey(),
                        group.getValue(),
                        failed.getOrDefault(group.getKey(), List.of())))
            .toList();
    return new TrainingBatch(step, groups, numbers);
  }

  /** Records a trained step with samples as one file, which replaces those of its units. */
  public void record(Step step, List<ScoredUnit> units) {
    TrainingBatch batch = step.batch();
    if (!iterations.samples(batch.step())) {
      return;
    }
    new SampleFiles(folder.rollouts()).write(batch, step.advantages(), step.policyLogprobs());
    SampleText.write(folder.samples(), batch);
    people.ifPresent(queue -> queue.asked(batch, step.asked(), batch.step() == lastStep));
    try {
      for (ScoredUnit unit : units) {
        Files.deleteIfExists(Path.of(unit.file().path()));
        if (unit.numbers().isPresent()) {
          Files.deleteIfExists(Path.of(unit.numbers().get().path()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the files of a step's units", e);
    }
  }

  /** Saves a checkpoint of the weights after {@code step} and deletes those that are too old. */
  public Saved save(long step) {
    long start = System.nanoTime();
    CompletableFuture<String> policySha256 =
        CompletableFuture.supplyAsync(weights::policySha256, BackgroundThreads.THREADS);
    trainer().save(commit.begin(step, "learner"));
    saveEarlier(step);
    CheckpointStore.Saved saved = commit.commit(step, policySha256.join(), weights.weightsSha256());
    long oldest = commit.prune(checkpointsKept);
    return new Saved(saved, oldest, (System.nanoTime() - start) / 1e9);
  }

  @Override
  public void close() {
    opened.handle((weights, failure) -> "ready").join();
    if (trainer != null) {
      trainer.close();
    }
  }
}
