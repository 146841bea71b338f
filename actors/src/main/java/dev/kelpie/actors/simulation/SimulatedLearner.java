package dev.kelpie.actors.simulation;

import dev.kelpie.actors.SimulatedCoordinator;
import dev.kelpie.actors.plan.Refills;
import dev.kelpie.actors.plan.RolloutUnits;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.StepSplit;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.runs.RunLog;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The learner's process: the coordinator and the worker that trains. */
public final class SimulatedLearner extends SimulatedProcess
    implements SimulatedCoordinator.Worker {
  // On disk: they outlive the process.
  private final MemoryJournal journal = new MemoryJournal();
  private final TreeMap<Long, String> checkpoints = new TreeMap<>();
  private final TreeMap<Long, String> versions = new TreeMap<>();
  private @Nullable SimulatedCoordinator coordinator;
  private int session;
  private long step;
  private String policySha256 = SimulatedFiles.first();
  private long busyUntil;
  private long cpuNanos;
  private boolean asked;
  private boolean savesBeforeCrash;

  SimulatedLearner(SimulatedCluster cluster, String host) {
    super(cluster, host);
  }

  @Override
  double restartSeconds() {
    return cluster.times().restartLearner();
  }

  @Override
  void started() {
    session++;
    Optional<CheckpointStore.Saved> from =
        Optional.ofNullable(checkpoints.lastEntry())
            .map(
                last ->
                    new CheckpointStore.Saved(
                        last.getKey(),
                        cluster.folder().checkpoint(last.getKey()),
                        last.getValue()));
    step = from.map(CheckpointStore.Saved::step).orElse(0L);
    policySha256 = from.map(CheckpointStore.Saved::policySha256).orElse(SimulatedFiles.first());
    busyUntil = cluster.time().nanos();
    try {
      coordinator = coordinator(from);
    } catch (MemoryJournal.Crash e) {
      kill();
      return;
    }
    cluster.watcher().resumed(step);
    versions.tailMap(step, false).clear();
    versions.put(step, policySha256);
    cluster.broadcast().published(host, step);
    every(SimulatedCoordinator.tickInterval().toNanos() / 1e9, this::tick);
    after(
        0,
        () ->
            coordinate(
                session,
                run -> run.learnerReady(cluster.weights(step, policySha256), begin(), this)));
  }

  /** The weights that the present iteration began with, where they are others. */
  private Optional<PublishedWeights> begin() {
    long begin = cluster.experiment().iterations().start(step + 1);
    return begin == step
        ? Optional.empty()
        : Optional.of(cluster.weights(begin, versions.getOrDefault(begin, policySha256)));
  }

  private SimulatedCoordinator coordinator(Optional<CheckpointStore.Saved> from) {
    Experiment experiment = cluster.experiment();
    RunLog log = RunLog.open(journal, experiment.mostLag(), step, experiment.run().seed());
    RolloutUnits units =
        new RolloutUnits(
            experiment,
            cluster.prompts(),
            cluster.heldOut(),
            each -> TokenIds.empty(),
            new StepSplit(experiment.rollout(), log::unitsOf, log::split),
            new Refills(
                experiment.algorithm().dynamicSampling(),
                experiment.rollout().promptsPerStep(),
                log::refilled));
    RunFolder folder = cluster.folder();
    return new SimulatedCoordinator(
        new SimulatedCoordinator.Setup(
            experiment, folder, units, log, cluster.need(), from, cluster.time(), this::ended));
  }

  private void ended(RunSummary summary) {
    cluster.ended(summary);
  }

  @Override
  void died() {
    coordinator = null;
    asked = false;
    journal.lost();
  }

  /**
   * The process dies at its next write to the journal.
   *
   * @param share part of the write that is kept, from 0 to less than 1
   * @param saves whether a checkpoint that was asked for is complete before, as where the disk of
   *     the journal is slow
   */
  public void crashAtSync(double share, boolean saves) {
    if (isAlive()) {
      journal.crashAtSync(share);
      savesBeforeCrash = saves;
    }
  }

  private void tick() {
    coordinate(session, SimulatedCoordinator::tick);
  }

  /** The number of its present life; 0 before the first. */
  int session() {
    return coordinator == null ? 0 : session;
  }

  /** Gives a message to the coordinator of a life of the process; lost in all others. */
  void coordinate(int addressed, Consumer<SimulatedCoordinator> message) {
    SimulatedCoordinator target = coordinator;
    if (target == null || addressed != session || cluster.isOver()) {
      return;
    }
    long begun = System.nanoTime();
    try {
      message.accept(target);
    } catch (MemoryJournal.Crash e) {
      if (asked && savesBeforeCrash) {
        keepCheckpoint();
      }
      kill();
    }
    cpuNanos += System.nanoTime() - begun;
  }

  /** A message from another machine to the coordinator of a life of the process. */
  void send(String from, int addressed, Consumer<SimulatedCoordinator> message) {
    for (double delay : cluster.network().deliveries(from, host)) {
      cluster
          .time()
          .after(
              delay,
              () -> {
                if (addressed == session) {
                  after(0, () -> coordinate(addressed, message));
                }
              });
    }
  }

  /** Does work of the learner's thread, after what it has to do before. */
  private void work(double seconds, Runnable done) {
    long now = cluster.time().nanos();
    busyUntil = Math.max(busyUntil, now) + Math.round(seconds * 1e9);
    after((busyUntil - now) / 1e9, done);
  }

  @Override
  public void train(long next, List<ScoredUnit> units) {
    int own = session;
    List<SimulatedFiles.Responses> responses = new ArrayList<>();
    int rows = 0;
    for (ScoredUnit unit : units) {
      responses.add(cluster.files().read(unit.file()).orElseThrow());
      rows += unit.outcomes().size();
    }
    double train = cluster.times().train(next, rows);
    double publish = cluster.times().publish();
    work(
        train + publish,
        () -> {
          cluster.watcher().training(step, next, units);
          policySha256 = SimulatedFiles.trained(policySha256, next, responses);
          step = next;
          versions.put(step, policySha256);
          cluster.watcher().trained(step, policySha256);
          cluster.broadcast().published(host, step);
          var weights = cluster.weights(step, policySha256);
          coordinate(own, run -> run.trained(next, weights, train, publish));
        });
    work(cluster.times().record(), () -> {});
  }

  @Override
  public void save(long after) {
    int own = session;
    double seconds = cluster.times().save();
    asked = true;
    work(
        seconds,
        () -> {
          asked = false;
          keepCheckpoint();
          long oldest = checkpoints.firstKey();
          coordinate(own, run -> run.saved(after, oldest, seconds));
        });
  }

  private void keepCheckpoint() {
    checkpoints.put(step, policySha256);
    while (checkpoints.size() > cluster.experiment().checkpoint().keep()) {
      checkpoints.pollFirstEntry();
    }
  }

  /** The run's journal. */
  public MemoryJournal journal() {
    return journal;
  }

  /** The checkpoints on disk: hashes of weights by step. */
  public Map<Long, String> checkpoints() {
    return checkpoints;
  }

  /** A person asks something of the run. */
  public void operate(Consumer<SimulatedCoordinator> request) {
    coordinate(session(), request);
  }

  /** Seconds of a real processor that the coordinator's decisions took. */
  public double coordinatorSeconds() {
    return cpuNanos / 1e9;
  }
}
