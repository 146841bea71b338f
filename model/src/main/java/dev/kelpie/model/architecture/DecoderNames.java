package dev.kelpie.model.architecture;

import java.util.ArrayList;
import java.util.List;

/**
 * The names that a family's checkpoints give to the parts of a decoder. Projections and norms are
 * named without {@code .weight} and {@code .bias}; what a model does not have may be named all the
 * same.
 *
 * @param embedding the token embedding
 * @param positions the embedding of positions
 * @param head the vocabulary projection of models that do not tie it
 * @param norm the final norm
 * @param transposed matrices of projections are stored [in, out], those of embeddings and head
 *     never
 * @param layers the layers, in order
 */
public record DecoderNames(
    String embedding,
    String positions,
    String head,
    String norm,
    boolean transposed,
    List<Layer> layers) {
  public DecoderNames {
    layers = List.copyOf(layers);
  }

  /**
   * Names of a layer.
   *
   * @param norm the norm before attention
   * @param queryKeyValue the projections to queries, keys and values, or one that is all of them
   * @param queryNorm the norm of query heads
   * @param keyNorm the norm of key heads
   * @param output attention's output projection
   * @param outputNorm the norm of attention's output, in a sandwich
   * @param mlpNorm the norm before the MLP
   * @param router the projection that chooses experts
   * @param up the projections to gate and up; of experts those of each after the other
   * @param down the projection back, of each expert
   * @param mlpOutputNorm the norm of the MLP's output, in a sandwich
   */
  public record Layer(
      String norm,
      List<String> queryKeyValue,
      String queryNorm,
      String keyNorm,
      String output,
      String outputNorm,
      String mlpNorm,
      String router,
      List<String> up,
      List<String> down,
      String mlpOutputNorm) {
    public Layer {
      queryKeyValue = List.copyOf(queryKeyValue);
      up = List.copyOf(up);
      down = List.copyOf(down);
    }

    /** The same layer whose projections of one input are one, called so. */
    Layer fused(String queryKeyValueName, String upName) {
      return new Layer(
          norm,
          List.of(queryKeyValueName),
          queryNorm,
          keyNorm,
          output,
          outputNorm,
          mlpNorm,
          router,
          List.of(upName),
          down,
          mlpOutputNorm);
    }
  }

  /** Those of the Llama family. */
  static DecoderNames llama(ModelConfig config) {
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(llama(config.style(), layer));
    }
    return new DecoderNames("model.embed_tokens", "", "lm_head", "model.norm", false, layers);
  }

  private static Layer llama(DecoderStyle style, int layer) {
    String prefix = "model.layers." + layer + ".";
    String attention = prefix + "self_attn.";
    List<String> up = new ArrayList<>();
    List<String> down = new ArrayList<>();
    int experts = style.hasExperts(layer) ? style.experts().orElseThrow().count() : 0;
    for (int expert = 0; expert < Math.max(1, experts); expert++) {
      String mlp = prefix + (experts == 0 ? "mlp." : "mlp.experts." + expert + ".");
      up.add(mlp + "gate_proj");
      up.add(mlp + "up_proj");
      down.add(mlp + "down_proj");
    }
    return new Layer(
        prefix + "input_layernorm",
        List.of(attention + "q_proj", attention + "k_proj", attention + "v_proj"),
        attention + "q_norm",
        attention + "k_norm",
        attention + "o_proj",
        style.sandwich() ? prefix + "post_attention_layernorm" : "",
        prefix + (style.sandwich() ? "pre_feedforward_layernorm" : "post_attention_layernorm"),
        experts == 0 ? "" : prefix + "mlp.gate",
        up,
        down,
        style.sandwich() ? prefix + "post_feedforward_layernorm" : "");
  }

  /** A change of the names of a layer, by its number. */
  @FunctionalInterface
  interface Change {
    Layer of(Layer layer, int index);
  }

  /** The same with the names of each layer changed. */
  DecoderNames with(Change change) {
    List<Layer> changed = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      changed.add(change.of(layers.get(i), i));
    }
    return new DecoderNames(embedding, positions, head, norm, transposed, changed);
  }
}
