package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.TorchScript;
import java.util.stream.IntStream;

/**
 * Rows whose tokens are drawn from the geometric mixture of two models, one step per call. Each
 * model has a cache of its own and sees the tokens that the mixture drew.
 */
final class MixtureBatch implements SampledBatch {
  private final TorchScript script;
  private final DecodeBatch reference;
  private final DecodeBatch policy;
  private final double coef;

  /**
   * Takes over both batches, which have the same rows.
   *
   * @param coef share of the reference's logits, in [0, 1]
   */
  MixtureBatch(TorchScript script, DecodeBatch reference, DecodeBatch policy, double coef) {
    this.script = script;
    this.reference = reference;
    this.policy = policy;
    this.coef = coef;
  }

  @Override
  public SampledTokens first(float[] uniforms) {
    try (InferenceScope call = InferenceScope.open()) {
      return drawn(call, reference.firstLogits(call), policy.firstLogits(call), uniforms);
    }
  }

  @Override
  public SampledTokens next(float[] uniforms, int steps, int[] left) {
    float[] now = new float[left.length];
    for (int row = 0; row < now.length; row++) {
      now[row] = uniforms[row * steps];
    }
    try (InferenceScope call = InferenceScope.open()) {
      return drawn(call, reference.nextLogits(call), policy.nextLogits(call), now);
    }
  }

  /** Draws a token of every row from logits [B, V] of both models. */
  private SampledTokens drawn(
      InferenceScope call, NDArray ofReference, NDArray ofPolicy, float[] uniforms) {
    Object[] drawing = policy.drawing();
    int rows = uniforms.length;
    NDList results =
        script.run(
            call,
            "mixed",
            ofReference,
            ofPolicy,
            coef,
            call.floats(uniforms, rows),
            drawing[0],
            drawing[1],
            drawing[2],
            drawing[3],
            drawing[4]);
    SampledTokens drawn = new SampledTokens(results, rows);
    long[] ids = IntStream.range(0, rows).mapToLong(row -> drawn.id(0, row)).toArray();
    reference.take(ids);
    policy.take(ids);
    return drawn;
  }

  @Override
  public void keep(int[] kept) {
    reference.keep(kept);
    policy.keep(kept);
  }

  @Override
  public void close() {
    reference.close();
    policy.close();
  }
}
