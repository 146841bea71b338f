package dev.kelpie.runs.doctor;

import java.util.List;
import java.util.Optional;

/**
 * A rule over the metrics of a run.
 *
 * @param meaning one sentence
 * @param keys keys of the experiment to look at
 * @param samples which samples of a step show it
 */
record Rule(
    String name,
    Finding.Level level,
    String meaning,
    List<String> keys,
    Finding.Samples samples,
    Check check) {
  /** Decides whether a rule holds. */
  @FunctionalInterface
  interface Check {
    /** Numbers and steps where the rule holds at the newest step; else nothing. */
    Optional<String> at(History history, RunFacts facts);
  }

  Finding found(String evidence, long since, long until, boolean current) {
    return new Finding(name, level, evidence, meaning, keys, since, until, current, samples);
  }
}
