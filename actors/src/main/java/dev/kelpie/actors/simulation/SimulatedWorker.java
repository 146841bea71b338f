package dev.kelpie.actors.simulation;

import dev.kelpie.actors.SimulatedCoordinator;
import dev.kelpie.actors.plan.WorkerPool;

/** One incarnation of a worker. It asks for work again while it has none. */
abstract class SimulatedWorker implements SimulatedCoordinator.Worker {
  final SimulatedNode node;
  final SimulatedCluster cluster;
  final WorkerPool.Worker self;

  SimulatedWorker(SimulatedNode node, WorkerPool.Worker self) {
    this.node = node;
    this.cluster = node.cluster;
    this.self = self;
  }

  /** Asks for work. */
  abstract void ask();

  /** Whether it has nothing to do. */
  abstract boolean isFree();

  final void askAgain() {
    if (isFree()) {
      ask();
    }
  }

  /** Seconds that it generated so far; 0 for other workers. */
  double busySeconds() {
    return 0;
  }
}
