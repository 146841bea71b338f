package dev.kelpie.cli.methods;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A published method: an experiment file and what must hold of its runs.
 *
 * @param id names {@code configs/methods/ID.conf}
 * @param stepsPerIteration training steps of one iteration; 0: weights are found at once
 * @param settings changes of the file's values for a short run, beyond the common ones
 * @param judge answers of the model that {@code models.judge} asks, from the text of a question;
 *     empty where no server is asked
 * @param check the number or the invariant of its row in {@code docs/methods.md}
 * @param rewardModel whether {@code kelpie reward-model} runs the file, and not {@code train}
 */
record Method(
    String id,
    int stepsPerIteration,
    List<String> settings,
    Optional<Function<String, String>> judge,
    Check check,
    boolean rewardModel) {
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
    return new Method(id, 1, List.of(settings), Optional.empty(), check, true);
  }

  /** A method whose {@code models.judge} is a server that answers as scripted. */
  static Method judged(String id, Function<String, String> judge, Check check) {
    return new Method(id, 1, List.of(), Optional.of(judge), check, false);
  }

  /** A method whose experiment trains a policy. */
  Method(String id, int stepsPerIteration, List<String> settings, Check check) {
    this(id, stepsPerIteration, settings, Optional.empty(), check, false);
  }

  @Override
  public String toString() {
    return id;
  }
}
