package dev.kelpie.model.architecture;

import dev.kelpie.config.Require;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a family of decoders computes otherwise than Llama.
 *
 * @param norm the norms of the residual stream
 * @param activation the function of the MLP, and whether it has a gate
 * @param sandwich the outputs of attention and of the MLP have norms too (Gemma)
 * @param learnedPositions tokens are added an embedding of their position (GPT-2)
 * @param embeddingFactor embeddings are multiplied by it
 * @param scoreFactor attention scores are multiplied by it; none: {@code headSize^-0.5}
 * @param scoreCap attention scores s become {@code cap tanh(s / cap)}; 0: no cap
 * @param logitCap the same of logits
 * @param experts layers with experts in place of one MLP, if any
 */
public record DecoderStyle(
    Norm norm,
    Activation activation,
    boolean sandwich,
    boolean learnedPositions,
    double embeddingFactor,
    OptionalDouble scoreFactor,
    double scoreCap,
    double logitCap,
    Optional<Experts> experts) {
  /** Llama's: RMS norms, a gated MLP with SiLU. */
  public static final DecoderStyle LLAMA =
      new DecoderStyle(
          Norm.RMS,
          Activation.GATED_SILU,
          false,
          false,
          1,
          OptionalDouble.empty(),
          0,
          0,
          Optional.empty());

  /** A norm over the width of the residual stream. */
  public enum Norm {
    /** Divided by the root mean square, times the weight. */
    RMS,
    /** The same times 1 + weight; fresh weights are 0. */
    RMS_OFFSET,
    /**
     * LayerNorm: less the mean, divided by the standard deviation, times the weight, plus a bias.
     */
    LAYER
  }

  /** The function between the projections of the MLP; the scripts know them by their order. */
  public enum Activation {
    /** {@code silu(gate) up}. */
    GATED_SILU,
    /** {@code gelu(gate) up}, gelu in its form with tanh. */
    GATED_GELU,
    /** {@code gelu(up)}, gelu in its form with tanh; there is no gate. */
    GELU
  }

  /**
   * Experts in place of the MLP: for each token the router's {@code chosen} most probable ones,
   * weighted by their probabilities.
   *
   * @param count experts of a layer
   * @param chosen experts of a token
   * @param intermediateSize width of each
   * @param normalised the weights of a token's experts are divided by their sum
   * @param layers per layer, whether it has experts
   */
  public record Experts(
      int count, int chosen, int intermediateSize, boolean normalised, List<Boolean> layers) {
    private static final int MOST = 1 << 12;

    public Experts {
      layers = List.copyOf(layers);
      Require.that(count >= 1 && count <= MOST, "num_experts: %s (expected: 1 to %s)", count, MOST);
      Require.that(
          chosen >= 1 && chosen <= count,
          "num_experts_per_tok: %s (expected: 1 to num_experts = %s)",
          chosen,
          count);
      Require.atLeast("moe_intermediate_size", intermediateSize, 1);
    }
  }

  public DecoderStyle {
    Require.that(scoreCap >= 0, "attn_logit_softcapping: %s (expected: above 0)", scoreCap);
    Require.that(logitCap >= 0, "final_logit_softcapping: %s (expected: above 0)", logitCap);
  }

  /** Llama's with experts. */
  static DecoderStyle of(Optional<Experts> experts) {
    return new DecoderStyle(
        Norm.RMS, Activation.GATED_SILU, false, false, 1, OptionalDouble.empty(), 0, 0, experts);
  }

  /** Whether the MLP has a gate. */
  public boolean gated() {
    return activation != Activation.GELU;
  }

  /** Whether {@code layer} has experts. */
  public boolean hasExperts(int layer) {
    return experts.isPresent() && experts.get().layers().get(layer);
  }
}
