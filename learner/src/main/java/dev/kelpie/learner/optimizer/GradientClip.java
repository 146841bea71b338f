package dev.kelpie.learner.optimizer;

/**
 * Clipping by the global L2 norm over all parameters (Pascanu et al. 2013,
 * https://arxiv.org/abs/1211.5063): {@code g *= min(1, max / (norm + 1e-6))}.
 *
 * @param maxNorm largest norm that is left as it is; 0 is no clip
 */
public record GradientClip(double maxNorm) {
  /** The factor of a gradient of this {@code norm}. */
  public double factor(double norm) {
    return maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
  }
}
