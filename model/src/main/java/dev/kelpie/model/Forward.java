package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Results of a forward pass for each response token, and its backward pass. All arrays are [B, R],
 * one row for each row of the batch, 0 where there is no token, owned by the scope of the forward
 * pass.
 */
public final class Forward {
  /**
   * Takes the gradients of log-probabilities, entropies, values and, if there is one, divergence
   * [B, R].
   */
  @FunctionalInterface
  interface Backward {
    void accept(
        NDArray logprobs,
        NDArray entropy,
        NDArray values,
        @Nullable NDArray divergence,
        boolean withEntropy);
  }

  private final List<NDArray> columns;
  private final Backward backward;
  private final boolean later;
  private @Nullable Runnable noted;

  Forward(List<NDArray> columns, Backward backward, boolean later) {
    this.columns = columns;
    this.backward = backward;
    this.later = later;
  }

  /**
   * The same results, whose backward pass is deferred: the gradients are kept until {@link
   * #propagate} runs it, on the thread that calls.
   */
  public Forward later() {
    return new Forward(columns, backward, true);
  }

  /** Runs the backward pass that was deferred. */
  public void propagate() {
    if (noted == null) {
      throw new IllegalStateException("no gradients to go back with");
    }
    noted.run();
  }

  /** Log-softmax(logits / temperature) of each token [B, R]; 0 without a vocabulary head. */
  public NDArray logprobs() {
    return columns.get(0);
  }

  /** Entropy of the distribution each token was drawn from, in nats [B, R]. */
  public NDArray entropy() {
    return columns.get(1);
  }

  /**
   * Value of the state before each token [B, R]; 0 without a value head. Of a score head with
   * several outputs O all of them, [B, R, O].
   */
  public NDArray values() {
    return columns.get(2);
  }

  /** KL of the other model to this one over the vocabulary [B, R]; throws if there is no other. */
  public NDArray divergence() {
    if (columns.size() < 4) {
      throw new IllegalStateException("divergence of a pass that has no other model");
    }
    return columns.get(3);
  }

  /**
   * Adds the gradients of a loss to the model's gradients, given those of these results; each [B,
   * R], 0 where there is no token. At most once, before the scope closes and before the parameters
   * change.
   */
  public void backward(NDArray gradLogprobs, NDArray gradEntropy, NDArray gradValues) {
    go(gradLogprobs, gradEntropy, gradValues, null, true);
  }

  /** The same for a loss of log-probabilities, entropy and divergence. */
  public void backwardDivergence(
      NDArray gradLogprobs, NDArray gradEntropy, NDArray gradDivergence) {
    go(gradLogprobs, gradEntropy, gradLogprobs.zerosLike(), gradDivergence, true);
  }

  /** The same for a loss of the log-probabilities alone. */
  public void backward(NDArray gradLogprobs) {
    NDArray zeros = gradLogprobs.zerosLike(); // [B, R]
    go(gradLogprobs, zeros, zeros, null, false);
  }

  /** The same for a loss of the values alone, [B, R] or [B, R, O]. */
  public void backwardValues(NDArray gradValues) {
    NDArray zeros = columns.get(0).zerosLike(); // [B, R]
    go(zeros, zeros, gradValues, null, false);
  }

  private void go(
      NDArray logprobs,
      NDArray entropy,
      NDArray values,
      @Nullable NDArray divergence,
      boolean withEntropy) {
    Runnable way = () -> backward.accept(logprobs, entropy, values, divergence, withEntropy);
    if (later) {
      noted = way;
    } else {
      way.run();
    }
  }

  /**
   * Bytes that {@link CausalLm#forward} keeps per token until the backward pass: in each layer the
   * two residual streams, queries, keys and values, the attention's output, gate and up; nothing of
   * experts, which the backward pass computes again.
   */
  public static long tapeBytesPerToken(ModelConfig config) {
    long projected = (long) (config.heads() + 2 * config.keyValueHeads()) * config.headSize();
    long attended = (long) config.heads() * config.headSize();
    long perLayer = 2L * config.hiddenSize() + projected + attended;
    long inner = (config.style().gated() ? 2L : 1L) * config.intermediateSize();
    long plain =
        IntStream.range(0, config.layers())
            .filter(layer -> !config.style().hasExperts(layer))
            .count();
    return Float.BYTES * (config.layers() * perLayer + plain * inner);
  }
}
