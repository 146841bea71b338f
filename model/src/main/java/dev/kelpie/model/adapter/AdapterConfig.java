package dev.kelpie.model.adapter;

import java.util.List;

/**
 * The settings of a low-rank adapter: {@code y = W x + b + s B (A x)} with A [r, in], B [out, r]
 * and s = alpha / r, or alpha / sqrt(r) where it is rank-stabilised.
 *
 * <p>Hu et al. 2021, https://arxiv.org/abs/2106.09685, eq. 3; Kalajdzievski 2023,
 * https://arxiv.org/abs/2312.03732, for the root.
 *
 * @param rank r, from 1
 * @param alpha numerator of the scale
 * @param rslora whether the scale has the root of r
 * @param targets which projections have an adapter
 * @param dropout probability that a number of x counts as 0 in the product with A, in training; the
 *     others are divided by 1 - dropout
 * @param saved names of modules that are trained in full beside the adapter
 */
public record AdapterConfig(
    int rank,
    double alpha,
    boolean rslora,
    AdapterTargets targets,
    double dropout,
    List<String> saved) {
  public AdapterConfig {
    saved = saved.stream().sorted().distinct().toList();
    if (rank < 1) {
      throw new IllegalArgumentException("rank: " + rank + " (expected: at least 1)");
    }
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException("alpha: " + alpha + " (expected: above 0)");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout: " + dropout + " (expected: in [0, 1))");
    }
  }

  /** The factor s. */
  public double scale() {
    return alpha / (rslora ? Math.sqrt(rank) : rank);
  }
}
