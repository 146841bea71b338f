package dev.kelpie.algorithms.loss.value;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.function.UnaryOperator;

/**
 * Huber's loss of the value function's error e: {@code e^2 / 2} up to {@code delta}, {@code delta
 * (|e| - delta / 2)} beyond, the larger of the plain and the clipped value's.
 *
 * <p>Huber 1964, https://doi.org/10.1214/aoms/1177703732; clipped as in {@link MseValueLoss}.
 */
public record HuberValueLoss(Options options) implements ValueLoss {
  public record Options(
      @Doc("the value may move this far from its old one; 0 is no limit") double clip,
      @Doc("factor of the loss") double scale,
      @Doc("the error at which the square becomes a line") double delta) {
    public static final Options DEFAULTS = new Options(0, 0.5, 10);

    public Options {
      Require.that(clip >= 0, "clip: %s (expected: >= 0)", clip);
      Require.that(scale > 0, "scale: %s (expected: > 0)", scale);
      Require.that(delta > 0, "delta: %s (expected: > 0)", delta);
    }
  }

  @Override
  public TokenLosses evaluate(NDArray values, TokenBatch batch) {
    UnaryOperator<NDArray> huber = error -> mul(huber(error), options.scale);
    return ClippedValue.evaluate(values, batch, options.clip, huber);
  }

  private NDArray huber(NDArray error) {
    NDArray size = error.abs(); // [B, R]
    NDArray line = mul(size.sub(options.delta / 2), options.delta); // [B, R]
    return NDArrays.where(
        size.stopGradient().lt(options.delta), mul(error.square(), 0.5), line); // [B, R]
  }
}
