package dev.kelpie.algorithms.preference;

/**
 * What the responses of a step share in a loss: plain numbers, computed once before the step's
 * microbatches and the same for all of them. The running mean is carried from step to step and
 * belongs into checkpoints.
 *
 * @param shift of this step, in the loss's own unit
 * @param mean running mean of the implicit rewards
 * @param count how many rewards are in it
 */
public record Coupling(double shift, double mean, double count) {
  /** Before the first step. */
  public static final Coupling NONE = new Coupling(0, 0, 0);
}
