package dev.kelpie.learner;

/**
 * A loss or gradient that is not a number or infinite. The message names the trajectories; the
 * update did not happen and its gradients are gone.
 */
public final class NonFiniteException extends RuntimeException {
  public NonFiniteException(String message) {
    super(message);
  }
}
