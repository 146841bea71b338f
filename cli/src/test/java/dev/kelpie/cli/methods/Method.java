package dev.kelpie.cli.methods;

import java.util.List;

/**
 * A published method: an experiment file and what must hold of its runs.
 *
 * @param id names {@code configs/methods/ID.conf}
 * @param stepsPerIteration training steps of one iteration; 0: weights are found at once
 * @param settings changes of the file's values for a short run, beyond the common ones
 * @param check the number or the invariant of its row in {@code docs/methods.md}
 * @param rewardModel whether {@code kelpie reward-model} runs the file, and not {@code train}
 */
record Method(
    String id, int stepsPerIteration, List<String> settings, Check check, boolean rewardModel) {
  /** Computes with the files of runs. */
  @FunctionalInterface
  interface Check {
    void of(MethodRuns runs) throws Exception;
  }

  static Method of(String id, Check check, String... settings) {
    return new Method(id, 1, List.of(settings), check);
  }

  /** A method whose experiment trains a reward model. */
  static Method rewardModel(String id, Check check, String... settings) {
    return new Method(id, 1, List.of(settings), check, true);
  }

  /** A method whose experiment trains a policy. */
  Method(String id, int stepsPerIteration, List<String> settings, Check check) {
    this(id, stepsPerIteration, settings, check, false);
  }

  @Override
  public String toString() {
    return id;
  }
}
