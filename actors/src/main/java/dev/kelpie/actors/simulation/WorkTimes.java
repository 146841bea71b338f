package dev.kelpie.actors.simulation;

import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.UnitId;

/** How long the work of a simulated run takes, in seconds. */
public interface WorkTimes {
  /** Generates a unit's responses and writes them. */
  double generate(RolloutUnit unit);

  /** Maps or swaps weights that are on the worker's machine. */
  double load();

  /** Sends the weights from one machine to another; 0 where they share a disk. */
  double transfer();

  /** Scores rows of a unit. */
  double score(UnitId unit, int rows);

  /** Scores the responses of a unit by models. */
  double reference(UnitId unit, int rows);

  /** Reads the samples of a step and updates the policy. */
  double train(long step, int rows);

  /** Writes the weights of a step. */
  double publish();

  /** Writes the samples of a step, after its weights. */
  double record();

  /** Writes a checkpoint. */
  double save();

  /** From the death of a worker's process to its first request for work. */
  double restartWorker();

  /** From the death of the learner's process to its first message. */
  double restartLearner();
}
