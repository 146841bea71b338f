package dev.kelpie.model;

import ai.djl.ndarray.NDList;

/** The tokens that one call of the generation script drew, with their log-probabilities. */
public final class SampledTokens {
  private final int steps;
  private final int rows;
  private final long[] ids; // [steps, rows]
  private final float[] logprobs;
  private final float[] sampledLogprobs;

  /** Copies ids, logprobs and sampled logprobs out of {@code tensors}, each [steps, rows]. */
  SampledTokens(NDList tensors, int rows) {
    this.ids = tensors.get(0).toLongArray();
    this.logprobs = tensors.get(1).toFloatArray();
    this.sampledLogprobs = tensors.get(2).toFloatArray();
    this.rows = rows;
    this.steps = ids.length / rows;
  }

  /** Tokens drawn for every row. */
  public int steps() {
    return steps;
  }

  /** The token a row got in a step. */
  public int id(int step, int row) {
    return (int) ids[step * rows + row];
  }

  /**
   * Its log-softmax(logits / temperature), before all filters; for greedy draws at temperature 1.
   */
  public float logprob(int step, int row) {
    return logprobs[step * rows + row];
  }

  /** The log-probability it was drawn with, after all filters; 0 for greedy draws. */
  public float sampledLogprob(int step, int row) {
    return sampledLogprobs[step * rows + row];
  }
}
