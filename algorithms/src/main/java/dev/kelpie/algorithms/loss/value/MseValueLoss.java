package dev.kelpie.algorithms.loss.value;

import static dev.kelpie.tensors.Scalars.mul;

import ai.djl.ndarray.NDArray;
import dev.kelpie.algorithms.TokenBatch;
import dev.kelpie.algorithms.loss.TokenLosses;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.function.UnaryOperator;

/**
 * Squared error of the value function: {@code scale max((V - R)^2, (Vc - R)^2)} with the clipped
 * value {@code Vc = old + clip(V - old, -clip, clip)}.
 *
 * <p>Schulman et al. 2017, https://arxiv.org/abs/1707.06347, eq. 9, with the clipping of OpenAI's
 * baselines (ppo2). Without {@code clip} plainly {@code scale (V - R)^2}.
 */
public record MseValueLoss(Options options) implements ValueLoss {
  public record Options(
      @Doc("the value may move this far from its old one; 0 is no limit") double clip,
      @Doc("factor of the loss") double scale) {
    public static final Options DEFAULTS = new Options(0, 0.5);

    public Options {
      Require.that(clip >= 0, "clip: %s (expected: >= 0)", clip);
      Require.that(scale > 0, "scale: %s (expected: > 0)", scale);
    }
  }

  @Override
  public TokenLosses evaluate(NDArray values, TokenBatch batch) {
    UnaryOperator<NDArray> square = error -> mul(error.square(), options.scale);
    return ClippedValue.evaluate(values, batch, options.clip, square);
  }
}
