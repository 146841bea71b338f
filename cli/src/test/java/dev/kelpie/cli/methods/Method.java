package dev.kelpie.cli.methods;

import java.util.List;

/**
 * A published method: an experiment file and what must hold of its runs.
 *
 * @param id names {@code configs/methods/ID.conf}
 * @param stepsPerIteration training steps of one iteration
 * @param settings changes of the file's values for a short run, beyond the common ones
 * @param check the number or the invariant of its row in {@code docs/methods.md}
 */
record Method(String id, int stepsPerIteration, List<String> settings, Check check) {
  /** Computes with the files of runs. */
  @FunctionalInterface
  interface Check {
    void of(MethodRuns runs) throws Exception;
  }

  static Method of(String id, Check check, String... settings) {
    return new Method(id, 1, List.of(settings), check);
  }

  @Override
  public String toString() {
    return id;
  }
}
