package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.UnitAtHand;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.file.FileTicket;

/** A worker that generates, with the orders of {@link UnitAtHand}. */
final class SimulatedRollout extends SimulatedWorker {
  private final UnitAtHand<Answer> hand = new UnitAtHand<>();
  private long loaded = -1;
  private double busy;

  private record Answer(RolloutUnit unit, FileTicket file, double load, double generate) {}

  SimulatedRollout(SimulatedNode node, WorkerPool.Worker self) {
    super(node, self);
  }

  @Override
  void ask() {
    node.tell(run -> run.rolloutReady(self, this));
  }

  @Override
  boolean isFree() {
    return hand.isFree();
  }

  @Override
  public void generate(RolloutUnit unit, PublishedWeights weights) {
    node.receive(() -> ordered(unit, weights));
  }

  private void ordered(RolloutUnit unit, PublishedWeights weights) {
    cluster.watcher().generating(unit, weights);
    UnitAtHand.Next next = hand.order(unit.id());
    if (next == UnitAtHand.Next.REPEAT) {
      send(hand.lastAnswer());
      ask();
    } else if (next == UnitAtHand.Next.BEGIN) {
      begin(unit, weights);
    }
  }

  private void begin(RolloutUnit unit, PublishedWeights weights) {
    long version = weights.version().number();
    if (version == loaded) {
      run(unit, weights, 0);
      return;
    }
    double asked = cluster.time().seconds();
    cluster
        .broadcast()
        .fetch(
            node.host,
            version,
            () ->
                node.after(
                    cluster.times().load(),
                    () -> {
                      loaded = version;
                      run(unit, weights, cluster.time().seconds() - asked);
                    }));
  }

  private void run(RolloutUnit unit, PublishedWeights weights, double load) {
    double seconds = cluster.times().generate(unit);
    node.after(
        seconds,
        () -> {
          busy += seconds;
          FileTicket file = cluster.files().write(self.name(), unit, weights);
          Answer answer = new Answer(unit, file, load, seconds);
          hand.done(unit.id(), answer);
          send(answer);
          ask();
        });
  }

  private void send(Answer answer) {
    node.tell(
        run ->
            run.generated(
                self.name(),
                answer.unit().id(),
                answer.file(),
                answer.unit().rows(),
                answer.load(),
                answer.generate()));
  }

  @Override
  double busySeconds() {
    return busy;
  }
}
