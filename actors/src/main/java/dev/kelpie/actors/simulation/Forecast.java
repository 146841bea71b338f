package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.config.AsyncOptions;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RunOptions;
import dev.kelpie.runs.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What a simulated run of an experiment says of a real one.
 *
 * @param workers rollout workers
 * @param unitPrompts {@code rollout.unit-prompts}
 * @param maxStaleness {@code async.max-staleness}
 * @param stepSeconds mean time from commit to commit, without the first steps
 * @param busyShare part of the workers' time in which they generate
 * @param learnerShare part of the time in which the learner updates
 * @param meanStaleness versions between sampling and training, over units
 * @param broadcastSeconds from a version's publication to the moment when all machines have it; 0
 *     where they share a disk
 * @param coordinatorShare seconds of a processor that the coordinator's decisions take, per second
 *     of the run
 * @param effectiveTime time of the steps without faults over wall time, where there are faults
 * @param failures machines that failed
 */
public record Forecast(
    int workers,
    int unitPrompts,
    int maxStaleness,
    double stepSeconds,
    double busyShare,
    double learnerShare,
    double meanStaleness,
    double broadcastSeconds,
    double coordinatorShare,
    double effectiveTime,
    int failures) {
  private static final int WARM_UP = 2;
  private static final int REWARD_WORKERS = 4;

  /** Part of the workers' time in which they do not generate. */
  public double idleShare() {
    return 1 - busyShare;
  }

  /**
   * The machines of a run.
   *
   * @param workers rollout workers
   * @param perHost rollout workers of a machine; 0: all are on the learner's machine
   * @param cores processors of a machine
   * @param linkBytes bytes per second between two machines
   * @param learnerSpeed how much faster than measured the learner is
   */
  public record Machines(
      int workers, int perHost, int cores, double linkBytes, double learnerSpeed) {
    /** The same with another number of rollout workers. */
    public Machines with(int others) {
      return new Machines(others, perHost, cores, linkBytes, learnerSpeed);
    }
  }

  /**
   * Machines that fail.
   *
   * @param chance probability that one fails in the time of an undisturbed step
   * @param learnerShare part of the failures that hit the learner's machine
   * @param restart seconds until a process is back after its machine failed
   */
  public record Failures(double chance, double learnerShare, double restart) {
    public static final Failures NONE = new Failures(0, 0, 60);
  }

  /** Counts what happens. */
  private static final class Counts implements Watcher {
    private final List<Double> commits = new ArrayList<>();
    private final List<double[]> lags = new ArrayList<>(); // step, lag
    private Optional<SimulatedCluster> cluster = Optional.empty();
    private double busyAtWarmUp;
    private long last;

    @Override
    public void training(long before, long step, List<ScoredUnit> units) {
      SimulatedCluster own = cluster.orElseThrow();
      for (ScoredUnit unit : units) {
        long version = own.files().read(unit.file()).orElseThrow().unit().version().number();
        lags.add(new double[] {step, step - 1 - version});
      }
    }

    @Override
    public void trained(long step, String policySha256) {
      if (step > last) {
        last = step;
        commits.add(cluster.orElseThrow().time().seconds());
        if (commits.size() == WARM_UP) {
          busyAtWarmUp = busy();
        }
      }
    }

    double busy() {
      return cluster.orElseThrow().nodes().stream().mapToDouble(SimulatedNode::busySeconds).sum();
    }
  }

  /**
   * Simulates an experiment.
   *
   * @param steps steps to simulate, more than {@value #WARM_UP}
   */
  public static Forecast of(Experiment given, Rates rates, Machines machines, int steps) {
    return of(given, rates, machines, steps, Failures.NONE, 0);
  }

  /**
   * Simulates an experiment on machines that fail.
   *
   * @param undisturbed seconds of a step without failures
   */
  public static Forecast of(
      Experiment given,
      Rates rates,
      Machines machines,
      int steps,
      Failures failures,
      double undisturbed) {
    Experiment experiment = simulated(given, steps);
    SplittableRandom random = new SplittableRandom(experiment.run().seed());
    double transfer = machines.perHost() == 0 ? 0 : rates.weightBytes() / machines.linkBytes();
    RatedTimes times =
        new RatedTimes(
            rates,
            experiment,
            transfer,
            machines.learnerSpeed(),
            failures.restart(),
            crowding(experiment, rates, machines),
            random.split());
    Counts counts = new Counts();
    SimulatedCluster cluster =
        new SimulatedCluster(
            new SimulatedCluster.Setup(
                experiment,
                rates.reference() > 0 ? ScoringNeed.TRAINING : ScoringNeed.NONE,
                0,
                rates.weightBytes(),
                times,
                Network.PERFECT,
                counts),
            "learner");
    counts.cluster = Optional.of(cluster);
    addWorkers(cluster, machines, rates);
    int[] failed = {0};
    if (failures.chance() > 0) {
      fail(cluster, failures, undisturbed / failures.chance(), random.split(), failed);
    }
    cluster.start();
    Optional<RunSummary> summary = cluster.run(Double.MAX_VALUE);
    if (summary.isEmpty() || summary.get().status() != RunSummary.Status.FINISHED) {
      throw new ConfigException(
          "the simulated run did not finish: "
              + summary.flatMap(RunSummary::error).orElse("it came to a standstill")
              + " (expected: settings with which it does)");
    }
    return result(experiment, machines, rates, counts, cluster, failures, undisturbed, failed[0]);
  }

  private static void addWorkers(SimulatedCluster cluster, Machines machines, Rates rates) {
    int threads = rates.rolloutThreads();
    int scoring = rates.reference() > 0 ? 1 : 0;
    boolean shared = machines.perHost() == 0;
    int own = shared ? machines.workers() : 0;
    cluster.add(
        "learner",
        "learner",
        new SimulatedNode.Workers(own, REWARD_WORKERS, scoring, threads, machines.cores()));
    for (int i = 0; !shared && i < machines.workers(); i += machines.perHost()) {
      int here = Math.min(machines.perHost(), machines.workers() - i);
      String name = "host" + i / machines.perHost();
      int cores = Math.max(machines.cores(), here * threads);
      cluster.add(name, name, new SimulatedNode.Workers(here, 1, 0, threads, cores));
    }
  }

  /**
   * In asynchronous mode the learner trains while workers of its machine generate: threads over
   * cores, where there are more of the former.
   */
  private static double crowding(Experiment experiment, Rates rates, Machines machines) {
    if (machines.perHost() > 0 || experiment.async().maxStaleness() == 0) {
      return 1;
    }
    int generating = Math.min(machines.workers() * rates.rolloutThreads(), machines.cores());
    return Math.max(1, (double) (generating + rates.learnerThreads()) / machines.cores());
  }

  /** Has a machine fail again and again, at random moments. */
  private static void fail(
      SimulatedCluster cluster,
      Failures failures,
      double mean,
      SplittableRandom random,
      int[] failed) {
    cluster
        .time()
        .after(
            -mean * Math.log(1 - random.nextDouble()),
            () -> {
              if (random.nextDouble() < failures.learnerShare()) {
                cluster.learner().kill();
              } else {
                cluster.nodes().get(random.nextInt(cluster.nodes().size())).kill();
              }
              failed[0]++;
              fail(cluster, failures, mean, random, failed);
            });
  }

  private static Forecast result(
      Experiment experiment,
      Machines machines,
      Rates rates,
      Counts counts,
      SimulatedCluster cluster,
      Failures failures,
      double undisturbed,
      int failed) {
    int steps = counts.commits.size() - WARM_UP;
    double first = counts.commits.get(WARM_UP - 1);
    double seconds = counts.commits.get(counts.commits.size() - 1) - first;
    double lags =
        counts.lags.stream()
            .filter(lag -> lag[0] > WARM_UP)
            .mapToDouble(lag -> lag[1])
            .average()
            .orElse(0);
    int rows = experiment.rollout().promptsPerStep() * experiment.rollout().groupSize();
    int hosts =
        machines.perHost() == 0
            ? 0
            : (machines.workers() + machines.perHost() - 1) / machines.perHost();
    double transfer = hosts == 0 ? 0 : rates.weightBytes() / machines.linkBytes();
    double waves = Math.ceil(Math.log(hosts + 1.0) / Math.log(2));
    return new Forecast(
        machines.workers(),
        experiment.rollout().unitPrompts(),
        experiment.async().maxStaleness(),
        seconds / steps,
        (counts.busy() - counts.busyAtWarmUp) / (machines.workers() * seconds),
        rates.update(experiment, rows) / machines.learnerSpeed() * steps / seconds,
        lags,
        transfer * waves,
        cluster.learner().coordinatorSeconds() / cluster.time().seconds(),
        failures.chance() > 0 ? Math.min(1, undisturbed * steps / seconds) : 1,
        failed);
  }

  /** The experiment with so many steps and without what the simulation leaves out. */
  private static Experiment simulated(Experiment given, int steps) {
    return Settings.with(
        given,
        new RunOptions(given.run().name(), steps, given.run().seed()),
        given.rollout(),
        new AsyncOptions(given.async().maxStaleness()),
        new EvalOptions(0, "", 0, 1, false, ""));
  }
}
