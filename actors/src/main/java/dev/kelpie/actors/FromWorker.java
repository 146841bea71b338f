package dev.kelpie.actors;

import dev.kelpie.actors.plan.WorkerPool;

/** A message of a worker to the coordinator. */
interface FromWorker extends WireMessage {
  /** The worker's name in the run. */
  String worker();

  @Override
  default String sender() {
    return worker();
  }

  /** A worker has room. */
  interface Ready extends WireMessage {
    WorkerPool.Worker worker();

    @Override
    default String sender() {
      return worker().name();
    }
  }
}
