package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;

/** A worker with models that do not move. It takes orders while it works, one after the other. */
final class SimulatedScoring extends SimulatedWorker {
  private int queued;
  private double busyUntil;

  SimulatedScoring(SimulatedNode node, WorkerPool.Worker self) {
    super(node, self);
  }

  @Override
  void ask() {
    node.tell(run -> run.scoringReady(self, this));
  }

  @Override
  boolean isFree() {
    return queued == 0;
  }

  @Override
  public void reference(UnitId unit, FileTicket file) {
    node.receive(() -> ordered(unit, file));
  }

  private void ordered(UnitId unit, FileTicket file) {
    int rows = cluster.files().read(file).orElseThrow().unit().rows();
    double seconds = cluster.times().reference(unit, rows);
    double now = cluster.time().seconds();
    busyUntil = Math.max(busyUntil, now) + seconds;
    queued++;
    node.after(
        busyUntil - now,
        () -> {
          queued--;
          FileTicket numbers =
              new FileTicket(file.path() + ".logprobs", "", file.bytes(), file.sha256());
          node.tell(run -> run.referenceScored(self.name(), unit, numbers, seconds));
          ask();
        });
  }
}
