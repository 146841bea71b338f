package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.InferenceScope;
import java.util.ArrayList;
import java.util.List;

/**
 * A policy's weights as {@code decode_weights.py} names them: matrices that are multiplied with the
 * same input stacked (q, k, v; gate, up) and packed for the processor, everything else dense.
 */
final class PackedWeights implements AutoCloseable {
  /** Where {@link #with} puts the angles. */
  static final int COS = 4;

  static final int SIN = 5;

  private final InferenceScope owner = InferenceScope.open();
  private final Kernels kernels;
  private final WeightReader reader;
  private final NDArray none;
  private final NDList before = new NDList(); // embedding, head, head scales, final norm
  private final NDList layers = new NDList();

  private PackedWeights(Kernels kernels, WeightReader reader) {
    this.kernels = kernels;
    this.reader = reader;
    this.none = owner.floats(new float[0], 0);
  }

  /** Checks every name, type and shape, then reads and packs. A dense copy lives only briefly. */
  static PackedWeights pack(Kernels kernels, ModelConfig config, WeightSnapshot weights) {
    WeightReader reader = WeightReader.checked(weights, config.parameters());
    PackedWeights packed = new PackedWeights(kernels, reader);
    try {
      packed.readAll(config);
      packed.owner.cap();
      return packed;
    } catch (Throwable e) {
      packed.close();
      throw e;
    }
  }

  /** All weights in the script's order, with the angles of the positions that will be used. */
  NDList with(NDArray cos, NDArray sin) {
    NDList all = new NDList(before.size() + 2 + layers.size());
    all.addAll(before);
    all.add(cos);
    all.add(sin);
    all.addAll(layers);
    return all;
  }

  private void readAll(ModelConfig config) {
    NDArray embedding = reader.read(owner, "model.embed_tokens.weight"); // [V, D]
    before.add(embedding);
    if (config.tied()) {
      before.addAll(kernels.script().run(owner, "pack", List.of(embedding), kernels.halves()));
    } else {
      addMatrix(before, List.of("lm_head.weight"));
    }
    before.add(reader.read(owner, "model.norm.weight")); // [D]
    for (int l = 0; l < config.layers(); l++) {
      addLayer(config, "model.layers." + l + ".");
    }
  }

  private void addLayer(ModelConfig config, String layer) {
    String attention = layer + "self_attn.";
    layers.add(reader.read(owner, layer + "input_layernorm.weight")); // [D]
    addLinear(
        config.queryKeyValueBias(),
        attention + "q_proj",
        attention + "k_proj",
        attention + "v_proj");
    addLinear(config.outputBias(), attention + "o_proj");
    layers.add(reader.read(owner, layer + "post_attention_layernorm.weight")); // [D]
    addLinear(config.mlpBias(), layer + "mlp.gate_proj", layer + "mlp.up_proj");
    addLinear(config.mlpBias(), layer + "mlp.down_proj");
    layers.add(config.queryKeyNorm() ? headNorm(config, attention) : none); // [H + K, C]
  }

  /** Matrix, bias and scales of projections of the same input. */
  private void addLinear(boolean biased, String... names) {
    NDList matrix = new NDList();
    addMatrix(matrix, List.of(names).stream().map(name -> name + ".weight").toList());
    layers.add(matrix.get(0));
    layers.add(biased ? stacked(names) : none);
    layers.add(matrix.get(1));
  }

  private void addMatrix(NDList target, List<String> names) {
    try (InferenceScope dense = InferenceScope.open()) {
      List<NDArray> parts = new ArrayList<>();
      names.forEach(name -> parts.add(reader.read(dense, name)));
      target.addAll(kernels.script().run(owner, "pack", parts, kernels.halves()));
    }
  }

  private NDArray stacked(String... names) {
    try (InferenceScope dense = InferenceScope.open()) {
      NDList parts = new NDList();
      for (String name : names) {
        parts.add(reader.read(dense, name + ".bias"));
      }
      return kernels.script().run(owner, "join", parts).get(0);
    }
  }

  private NDArray headNorm(ModelConfig config, String attention) {
    try (InferenceScope dense = InferenceScope.open()) {
      NDArray query = reader.read(dense, attention + "q_norm.weight"); // [C]
      NDArray key = reader.read(dense, attention + "k_norm.weight"); // [C]
      return kernels
          .script()
          .run(owner, "head_norm", query, key, config.heads(), config.keyValueHeads())
          .get(0);
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}
