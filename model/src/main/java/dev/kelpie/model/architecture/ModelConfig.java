package dev.kelpie.model.architecture;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * Shape and flags of a decoder of the Llama family, read from a checkpoint's {@code config.json} by
 * its {@link dev.kelpie.model.architecture.Architecture}.
 *
 * @param architecture class name of the model, such as {@code LlamaForCausalLM}
 * @param vocabularySize rows of the embedding (V)
 * @param hiddenSize width of the residual stream (D)
 * @param layers number of decoder layers (L)
 * @param heads query heads (H)
 * @param keyValueHeads key and value heads (K), a divisor of {@code heads}
 * @param headSize channels of a head (C); {@code heads * headSize} need not be {@code hiddenSize}
 * @param intermediateSize width of the gated MLP
 * @param normEps added to the mean square in RMS norms
 * @param tied the vocabulary projection is the embedding; the checkpoint has no {@code
 *     lm_head.weight}
 * @param rope rotary positions
 * @param queryKeyValueBias the q, k and v projections have a bias
 * @param outputBias the attention's output projection has a bias
 * @param mlpBias gate, up and down projections have a bias
 * @param queryKeyNorm RMS norm over the channels of each query and key head, before the rotation
 * @param windows per layer, how many tokens a query sees, itself included; 0: all before it
 * @param initialStd standard deviation of freshly drawn weights
 * @param maxPositions longest sequence the model was made for, in tokens
 * @param labels outputs of the score head ({@code score.weight}); 0: a language model
 * @param bosId id of the first token of a text, if there is one
 * @param eosIds ids that end a text, as {@code config.json} has them; see {@link StopTokens}
 * @param padId id of padding, if there is one
 */
public record ModelConfig(
    String architecture,
    int vocabularySize,
    int hiddenSize,
    int layers,
    int heads,
    int keyValueHeads,
    int headSize,
    int intermediateSize,
    double normEps,
    boolean tied,
    Rope rope,
    boolean queryKeyValueBias,
    boolean outputBias,
    boolean mlpBias,
    boolean queryKeyNorm,
    List<Integer> windows,
    double initialStd,
    int maxPositions,
    int labels,
    OptionalInt bosId,
    List<Integer> eosIds,
    OptionalInt padId) {
  private static final long CACHED_PARAMETERS = 8_000_000;

  public ModelConfig {
    windows = List.copyOf(windows);
    eosIds = List.copyOf(eosIds);
    positive("vocab_size", vocabularySize);
    positive("hidden_size", hiddenSize);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", keyValueHeads);
    positive("head_dim", headSize);
    positive("intermediate_size", intermediateSize);
    require(
        heads % keyValueHeads == 0,
        "num_key_value_heads: %s (expected: a divisor of num_attention_heads = %s)",
        keyValueHeads,
        heads);
    require(headSize % 2 == 0, "head_dim: %s (expected: an even number)", headSize);
    require(
        windows.size() == layers,
        "layer_types: %s entries (expected: num_hidden_layers = %s)",
        windows.size(),
        layers);
    require(
        rope.layers().size() == layers,
        "no_rope_layers: %s entries (expected: num_hidden_layers = %s)",
        rope.layers().size(),
        layers);
  }

  /**
   * Reads {@code folder/config.json}.
   *
   * @throws CheckpointException if it is missing, broken or of an unknown architecture
   */
  public static ModelConfig open(Path folder) {
    return Architectures.read(folder);
  }

  /** Every parameter a checkpoint of this model has, with its shape, in order of the names. */
  public SortedMap<String, List<Long>> parameters() {
    return Architectures.named(architecture).parameters(this);
  }

  /** Number of trained numbers. */
  public long parameterCount() {
    return parameters().values().stream()
        .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
        .sum();
  }

  /**
   * Whether its float32 weights stay in a processor's caches, so that they may be read by each
   * thread for itself: at most 8 M parameters.
   */
  public boolean fitsCaches() {
    return parameterCount() <= CACHED_PARAMETERS;
  }

  private static void positive(String key, int value) {
    require(value > 0, "%s: %s (expected: at least 1)", key, value);
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
