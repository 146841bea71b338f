package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.IterationOptions;
import dev.kelpie.runs.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A run of a small experiment with random faults, all of which follow from a seed: workers and the
 * learner are killed and stopped, messages are lost, delayed and repeated, machines are cut off,
 * and people ask for things.
 */
final class Interleaving {
  private static final double LONGEST = 3600;
  private static final Map<Work, String> UNDISTURBED = new ConcurrentHashMap<>();

  private final long seed;
  private final SplittableRandom random;
  private final Experiment experiment;
  private final ScoringNeed need;
  private final long heldOut;
  private final List<String> story = new ArrayList<>();

  /**
   * What came of it.
   *
   * @param faults what did not hold
   * @param story what happened, for people
   */
  record Result(
      long seed,
      List<String> faults,
      List<String> story,
      RunSummary.Status status,
      int kills,
      long trained) {}

  Interleaving(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.experiment = RandomExperiment.of(random.split());
    this.need = List.of(ScoringNeed.values()).get(random.nextInt(3));
    this.heldOut = experiment.eval().path().isEmpty() ? 0 : 1 + random.nextInt(7);
  }

  /** What happened so far, for people. */
  List<String> story() {
    return story;
  }

  /** What the weights of a synchronous run depend on. */
  private record Work(
      long steps, int prompts, int group, IterationOptions iterations, boolean refills) {
    static Work of(Experiment experiment) {
      return new Work(
          experiment.run().steps(),
          experiment.rollout().promptsPerStep(),
          experiment.rollout().groupSize(),
          experiment.iterations(),
          experiment.algorithm().dynamicSampling().enabled());
    }
  }

  /** The hash of the last weights of the run without faults. */
  private String undisturbed() {
    return UNDISTURBED.computeIfAbsent(Work.of(experiment), work -> withoutFaults());
  }

  private String withoutFaults() {
    Invariants invariants = new Invariants(experiment);
    undisturbedCluster(invariants);
    return invariants.policy().lastEntry().getValue();
  }

  Experiment experiment() {
    return experiment;
  }

  /** The run without faults, to its end. */
  SimulatedCluster undisturbedCluster() {
    return undisturbedCluster(new Invariants(experiment));
  }

  SimulatedCluster undisturbedCluster(Watcher watcher) {
    SimulatedCluster cluster = cluster(new SplittableRandom(seed + 1), Network.PERFECT, watcher, 1);
    cluster.start();
    Optional<RunSummary> summary = cluster.run(LONGEST);
    if (summary.isEmpty() || summary.get().status() != RunSummary.Status.FINISHED) {
      throw new IllegalStateException("the undisturbed run did not finish: " + summary);
    }
    return cluster;
  }

  private SimulatedCluster cluster(
      SplittableRandom own, Network network, Watcher watcher, int hosts) {
    SimulatedCluster cluster =
        new SimulatedCluster(
            new SimulatedCluster.Setup(
                experiment, need, heldOut, 1, new RandomTimes(own.split()), network, watcher),
            "host0");
    if (watcher instanceof Invariants invariants) {
      invariants.watch(cluster.files());
    }
    int scoring = need == ScoringNeed.NONE ? 0 : 1;
    cluster.add(
        "host0",
        "p0",
        new SimulatedNode.Workers(own.nextInt(2) + (hosts == 1 ? 1 : 0), 1, scoring, 1, 2));
    for (int i = 1; i < hosts; i++) {
      int rollout = 1 + own.nextInt(2);
      SimulatedNode.Workers workers =
          new SimulatedNode.Workers(rollout, own.nextInt(2), own.nextInt(1 + scoring), 1, 2);
      cluster.add("host" + i, "p" + i, workers);
    }
    return cluster;
  }

  Result run() {
    double calm = 5 + random.nextDouble(25);
    VirtualTime[] time = new VirtualTime[1];
    FaultyNetwork network = new FaultyNetwork(random.split(), time, calm);
    Invariants invariants = new Invariants(experiment);
    SimulatedCluster cluster = cluster(random.split(), network, invariants, 2 + random.nextInt(3));
    time[0] = cluster.time();
    int[] kills = {0};
    int faults = random.nextInt(12);
    for (int i = 0; i < faults; i++) {
      cluster.time().after(random.nextDouble(calm), () -> fault(cluster, network, kills));
    }
    cluster.start();
    Optional<RunSummary> summary = cluster.run(LONGEST);
    List<String> found = new ArrayList<>(invariants.faults());
    if (summary.isEmpty()) {
      found.add("the run does not end: " + cluster.time().seconds() + " s");
      return new Result(seed, found, story, RunSummary.Status.FAILED, kills[0], 0);
    }
    found.addAll(end(cluster, summary.get(), invariants));
    return new Result(
        seed, found, story, summary.get().status(), kills[0], invariants.trainedSteps());
  }

  private List<String> end(SimulatedCluster cluster, RunSummary summary, Invariants invariants) {
    List<String> found = new ArrayList<>();
    boolean finished = summary.status() == RunSummary.Status.FINISHED;
    JournalAudit audit = new JournalAudit(experiment);
    found.addAll(audit.of(cluster.learner().journal().events(), finished));
    if (!summary.ledger().clean() || summary.ledger().inFlight() != 0) {
      found.add("ledger: " + summary.ledger());
    }
    if (!finished) {
      // A unit that took three workers with it ends the run, whatever the reason of their deaths.
      boolean expected =
          summary.error().orElse("").contains(" failed 3 times; ") && audit.mostFailures() >= 2;
      if (!expected) {
        found.add("the run ends: " + summary.error() + summary.reason());
      }
      return found;
    }
    if (invariants.policy().size() != experiment.run().steps()) {
      found.add("steps trained in the end: " + invariants.policy().keySet());
    }
    if (experiment.async().maxStaleness() == 0
        && !invariants.policy().lastEntry().getValue().equals(undisturbed())) {
      found.add("the weights differ from those of the undisturbed run");
    }
    return found;
  }

  private void fault(SimulatedCluster cluster, FaultyNetwork network, int[] kills) {
    if (cluster.isOver()) {
      return;
    }
    SimulatedNode node = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
    double length = random.nextDouble(12);
    String happened;
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        happened = "kill " + node.address();
        kills[0]++;
        node.kill();
      }
      case 3, 4 -> {
        happened = "kill the learner";
        kills[0]++;
        cluster.learner().kill();
      }
      case 5 -> {
        happened = "kill the learner while it writes the journal";
        kills[0]++;
        cluster.learner().crashAtSync(random.nextDouble(), random.nextBoolean());
      }
      case 6 -> {
        happened = "stop " + node.address() + " for " + length + " s";
        node.stop(length);
      }
      case 7 -> {
        happened = "stop the learner for " + length + " s";
        cluster.learner().stop(length);
      }
      case 8, 9 -> {
        String host = "host" + random.nextInt(cluster.nodes().size());
        happened = "cut " + host + " off for " + length + " s";
        network.cut(host, cluster.time().seconds() + length);
      }
      case 10 -> {
        happened = "pause for " + length + " s";
        cluster.learner().operate(run -> run.pause());
        cluster.time().after(length, () -> cluster.learner().operate(run -> run.resume()));
      }
      default -> {
        happened = "save now";
        cluster.learner().operate(run -> run.saveNow());
      }
    }
    story.add(String.format(Locale.ROOT, "%.3f s: %s", cluster.time().seconds(), happened));
  }
}
