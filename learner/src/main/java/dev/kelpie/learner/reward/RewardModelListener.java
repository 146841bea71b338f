package dev.kelpie.learner.reward;

import java.util.Map;

/** What follows the training of reward models, and may stop it. */
public interface RewardModelListener {
  /**
   * Reports an update.
   *
   * @param member number of the model, counted from 1
   * @param step counted from 1
   * @param steps of the whole training of a model
   * @param numbers by their names in metrics.jsonl
   */
  void report(int member, int step, int steps, Map<String, Double> numbers);

  /** Whether to save the state and stop before the next update. */
  boolean stops();
}
