package dev.kelpie.experience;

/**
 * A pair that a step was trained on, with its label.
 *
 * @param probability that the chosen response is really better, in [0, 1]
 * @param weight factor of the pair's loss
 * @param margin what the loss demanded
 * @param source the rule that gave the label
 * @param chosen the chosen response
 * @param rejected the rejected response
 */
public record TrainedPair(
    Side chosen, Side rejected, double probability, double weight, double margin, String source) {
  /**
   * One response of a pair. It is named without its attempt, which tells nothing about what was
   * trained: a run that was killed and resumed records the same.
   *
   * @param group its prompt
   * @param sample number of the response within the group
   * @param score its reward
   * @param target what a loss by regression moves it to
   * @param logprob summed log-probability under the weights that the step began with, in nats
   * @param logRatio the same minus that of the reference; NaN without a reference
   * @param variant variant of the prompt that it was trained under; empty: the prompt itself
   */
  public record Side(
      GroupId group,
      int sample,
      double score,
      double target,
      double logprob,
      double logRatio,
      String variant) {
    /** A side under the prompt itself. */
    public Side(
        GroupId group, int sample, double score, double target, double logprob, double logRatio) {
      this(group, sample, score, target, logprob, logRatio, "");
    }
  }
}
