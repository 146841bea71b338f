package dev.kelpie.actors.simulation;

import dev.kelpie.actors.HeartbeatSender;
import dev.kelpie.actors.SimulatedCoordinator;
import dev.kelpie.actors.plan.HeartbeatMonitor;
import dev.kelpie.actors.plan.WorkerPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A process with workers. It joins the learner's process, sends heartbeats, and when they stay
 * unanswered it gives its workers up and joins again with new ones.
 */
public final class SimulatedNode extends SimulatedProcess {
  private static final double ASK_AGAIN = 2;

  private final String name;
  private final Workers workers;
  private final List<SimulatedWorker> present = new ArrayList<>();
  private double busySeconds;
  private int systems;
  private int session;
  private boolean contact;

  /**
   * The workers of a process.
   *
   * @param threads native threads of a rollout worker
   * @param cores processors of the machine
   */
  public record Workers(int rollout, int reward, int scoring, int threads, int cores) {}

  SimulatedNode(SimulatedCluster cluster, String host, String name, Workers workers) {
    super(cluster, host);
    this.name = name;
    this.workers = workers;
  }

  @Override
  double restartSeconds() {
    return cluster.times().restartWorker();
  }

  @Override
  void started() {
    join();
  }

  @Override
  void died() {
    leave();
  }

  private void leave() {
    present.forEach(worker -> busySeconds += worker.busySeconds());
    present.clear();
    contact = false;
  }

  private void join() {
    session = cluster.learner().session();
    if (session == 0 || !cluster.network().connects(host, cluster.learner().host)) {
      after(1, this::join);
      return;
    }
    contact = true;
    systems++;
    HeartbeatMonitor answers =
        new HeartbeatMonitor(
            HeartbeatSender.SILENCE, HeartbeatSender.INTERVAL, cluster.time().nanos());
    answers.received(address(), cluster.time().nanos());
    add(workers.rollout(), "rollout", SimulatedRollout::new);
    add(workers.reward(), "reward", SimulatedReward::new);
    add(workers.scoring(), "scoring", SimulatedScoring::new);
    beat(answers);
    every(seconds(HeartbeatSender.INTERVAL), () -> beat(answers));
    for (SimulatedWorker worker : present) {
      worker.ask();
      every(ASK_AGAIN, worker::askAgain);
    }
  }

  private interface Maker {
    SimulatedWorker make(SimulatedNode node, WorkerPool.Worker self);
  }

  private void add(int count, String kind, Maker maker) {
    for (int i = 0; i < count; i++) {
      int threads = kind.equals("reward") ? 0 : workers.threads();
      String worker = name + "/" + kind + "-" + i;
      present.add(
          maker.make(
              this,
              new WorkerPool.Worker(
                  worker, address(), cluster.nextIncarnation(), threads, workers.cores())));
    }
  }

  private void beat(HeartbeatMonitor answers) {
    long now = cluster.time().nanos();
    if (!answers.expire(now).isEmpty()) {
      // The coordinator is lost: the actor system ends, and another joins.
      leave();
      renew();
      after(1, this::join);
      return;
    }
    String sender = address();
    tell(
        run -> {
          run.heartbeat(sender);
          deliver(cluster.learner().host, () -> answers.received(sender, cluster.time().nanos()));
        });
  }

  /** Host and port of its present actor system. */
  String address() {
    return host + ":" + (2551 + systems);
  }

  /** Sends a message to the coordinator that the process has joined. */
  void tell(Consumer<SimulatedCoordinator> message) {
    cluster.learner().send(host, session, message);
  }

  /** An order of the coordinator arrives. */
  void receive(Runnable order) {
    deliver(cluster.learner().host, order);
  }

  /** Whether it has joined. */
  public boolean hasContact() {
    return contact;
  }

  /** Names of its rollout workers. */
  public List<String> rolloutWorkers() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < workers.rollout(); i++) {
      names.add(name + "/rollout-" + i);
    }
    return names;
  }

  /** Seconds that its rollout workers have generated so far, all together. */
  public double busySeconds() {
    return busySeconds + present.stream().mapToDouble(SimulatedWorker::busySeconds).sum();
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
