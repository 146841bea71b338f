package dev.kelpie.model.architecture;

import dev.kelpie.config.Require;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * Shape and flags of a decoder, read from a checkpoint's {@code config.json} by its {@link
 * dev.kelpie.model.architecture.Architecture}.
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
 * @param style what the family computes otherwise than Llama
 * @param labels outputs of the score head ({@code score.weight}, for tokens also {@code
 *     score.bias}); 0: a language model
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
    DecoderStyle style,
    int labels) {
  private static final long CACHED_PARAMETERS = 8_000_000;

  public ModelConfig {
    windows = List.copyOf(windows);
    Require.atLeast("vocab_size", vocabularySize, 1);
    Require.atLeast("hidden_size", hiddenSize, 1);
    Require.atLeast("num_hidden_layers", layers, 1);
    Require.atLeast("num_attention_heads", heads, 1);
    Require.atLeast("num_key_value_heads", keyValueHeads, 1);
    Require.atLeast("head_dim", headSize, 1);
    Require.atLeast("intermediate_size", intermediateSize, 1);
    ModelLimits.require(vocabularySize, hiddenSize, heads, headSize, intermediateSize, labels);
    Require.that(
        heads % keyValueHeads == 0,
        "num_key_value_heads: %s (expected: a divisor of num_attention_heads = %s)",
        keyValueHeads,
        heads);
    Require.that(headSize % 2 == 0, "head_dim: %s (expected: an even number)", headSize);
    Require.that(
        windows.size() == layers,
        "layer_types: %s entries (expected: num_hidden_layers = %s)",
        windows.size(),
        layers);
    Require.that(
        rope.layers().size() == layers,
        "no_rope_layers: %s entries (expected: num_hidden_layers = %s)",
        rope.layers().size(),
        layers);
  }

  /** A decoder in the style of Llama. */
  public ModelConfig(
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
      int labels) {
    this(
        architecture,
        vocabularySize,
        hiddenSize,
        layers,
        heads,
        keyValueHeads,
        headSize,
        intermediateSize,
        normEps,
        tied,
        rope,
        queryKeyValueBias,
        outputBias,
        mlpBias,
        queryKeyNorm,
        windows,
        initialStd,
        maxPositions,
        DecoderStyle.LLAMA,
        labels);
  }

  /**
   * Reads {@code folder/config.json}.
   *
   * @throws CheckpointException if it is missing, broken or of an unknown architecture
   */
  public static ModelConfig open(Path folder) {
    return Architectures.read(folder);
  }

  /** The same decoder with a score head of one output in place of the vocabulary projection. */
  public ModelConfig withScore() {
    return withScore(1);
  }

  /** The same with a score head of {@code outputs}. */
  public ModelConfig withScore(int outputs) {
    return withHead(architecture, outputs);
  }

  /** The same with a head of {@code outputs}, with a bias, for each token. */
  public ModelConfig withTokenScore(int outputs) {
    return withHead(TokenClassifier.name(architecture), outputs);
  }

  /** Whether it has outputs for each token, as a process reward model has. */
  public boolean labelsTokens() {
    return TokenClassifier.isName(architecture);
  }

  private ModelConfig withHead(String name, int outputs) {
    return new ModelConfig(
        name,
        vocabularySize,
        hiddenSize,
        layers,
        heads,
        keyValueHeads,
        headSize,
        intermediateSize,
        normEps,
        false,
        rope,
        queryKeyValueBias,
        outputBias,
        mlpBias,
        queryKeyNorm,
        windows,
        initialStd,
        maxPositions,
        style,
        outputs);
  }

  /** Every parameter a checkpoint of this model has, with its shape, in order of the names. */
  public SortedMap<String, List<Long>> parameters() {
    return Architectures.named(architecture).parameters(this);
  }

  /** The names of its parts in a checkpoint. */
  public DecoderNames names() {
    return Architectures.named(architecture).names(this);
  }

  /** The name of the parameter that a checkpoint calls {@code stored}. */
  public String parameter(String stored) {
    return Architectures.named(architecture).parameter(stored);
  }

  /** The name by which a checkpoint calls {@code parameter}. */
  public String stored(String parameter) {
    return Architectures.named(architecture).stored(parameter);
  }

  /**
   * Whether a checkpoint's {@code stored} tensor is a constant that the configuration determines.
   */
  public boolean isBuffer(String stored) {
    return Architectures.named(architecture).isBuffer(stored);
  }

  /** Factor of attention scores. */
  public double scoreFactor() {
    return style.scoreFactor().orElse(1 / Math.sqrt(headSize));
  }

  /**
   * Whether the model has nothing for positions from {@link #maxPositions} on, or other numbers
   * than those that Kelpie computes: learned positions end there, and longrope changes its factors.
   */
  public boolean endsAtPositions() {
    return style.learnedPositions()
        || rope.scaling().filter(Rope.LongRope.class::isInstance).isPresent();
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
}
