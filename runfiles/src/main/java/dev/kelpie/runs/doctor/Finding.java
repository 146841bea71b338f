package dev.kelpie.runs.doctor;

import java.util.List;

/**
 * What a rule has found in a run.
 *
 * @param rule the rule's name
 * @param level whether somebody should act
 * @param evidence numbers and steps
 * @param meaning what it means, in one sentence
 * @param keys keys of the experiment to look at
 * @param since the step at which the rule held first
 * @param until the newest step at which it held
 * @param current whether it holds at the newest step
 * @param samples which samples show it
 */
public record Finding(
    String rule,
    Level level,
    String evidence,
    String meaning,
    List<String> keys,
    long since,
    long until,
    boolean current,
    Samples samples) {
  public Finding {
    keys = List.copyOf(keys);
  }

  /** Whether somebody should act. */
  public enum Level {
    /** Nothing is wrong: it explains a number that looks as if. */
    NOTE,
    /** Training does not do what it should. */
    ALARM
  }

  /** Which samples of a step show a finding. */
  public enum Samples {
    /** None do. */
    NONE,
    /** Those with the highest rewards. */
    HIGHEST_REWARD,
    /** Those with the highest rewards among the longest. */
    LONGEST,
    /** Those that were cut off. */
    TRUNCATED,
    /** Those without a reward. */
    FAILED
  }

  /** One line: the rule, its evidence and what it means. */
  public String line() {
    return rule + ": " + evidence + ". " + meaning;
  }
}
