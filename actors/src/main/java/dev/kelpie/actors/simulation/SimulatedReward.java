package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.util.List;

/** A worker that scores rows; one whose file is gone reports a failure. */
final class SimulatedReward extends SimulatedWorker {
  private boolean working;

  SimulatedReward(SimulatedNode node, WorkerPool.Worker self) {
    super(node, self);
  }

  @Override
  void ask() {
    node.tell(run -> run.rewardReady(self, this));
  }

  @Override
  boolean isFree() {
    return !working;
  }

  @Override
  public void score(UnitId unit, FileTicket file, int from, int to) {
    node.receive(() -> ordered(unit, file, from, to));
  }

  private void ordered(UnitId unit, FileTicket file, int from, int to) {
    if (working) {
      return;
    }
    working = true;
    double seconds = cluster.times().score(unit, to - from);
    node.after(
        seconds,
        () -> {
          working = false;
          List<RewardOutcome> outcomes =
              SimulatedFiles.score(cluster.files().read(file).orElseThrow(), from, to);
          node.tell(run -> run.scored(self.name(), unit, from, outcomes, seconds));
          ask();
        });
  }
}
