package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.architecture.DecoderNames;
import dev.kelpie.model.architecture.DecoderNames.Layer;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
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

  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final InferenceScope owner = InferenceScope.open();
  private final Kernels kernels;
  private final ModelConfig config;
  private final WeightReader reader;
  private final NDArray none;
  private final NDList before = new NDList(); // embedding, head, head scales, final norm
  private final NDList layers = new NDList();

  private PackedWeights(Kernels kernels, ModelConfig config, WeightReader reader) {
    this.kernels = kernels;
    this.config = config;
    this.reader = reader;
    this.none = owner.floats(new float[0], 0);
  }

  /** Checks every name, type and shape, then reads and packs. A dense copy lives only briefly. */
  static PackedWeights pack(Kernels kernels, ModelConfig config, WeightSnapshot weights) {
    WeightReader reader = WeightReader.checked(weights, config.parameters());
    PackedWeights packed = new PackedWeights(kernels, config, reader);
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
    DecoderNames names = config.names();
    NDArray embedding = reader.read(owner, names.embedding() + WEIGHT); // [V, D]
    before.add(embedding);
    if (config.tied()) {
      before.addAll(kernels.script().run(owner, "pack", List.of(embedding), kernels.halves()));
    } else {
      before.addAll(matrix("pack", List.of(names.head() + WEIGHT), false));
    }
    before.add(norm(names.norm())); // [D]
    for (int l = 0; l < config.layers(); l++) {
      addLayer(names.layers().get(l), config.style().hasExperts(l));
    }
    layers.add(optional(names.positions() + WEIGHT)); // [positions, D]
    layers.add(optional(names.norm() + BIAS)); // [D]
    for (Layer layer : names.layers()) {
      layers.add(optional(layer.norm() + BIAS)); // [D]
      layers.add(config.style().sandwich() ? norm(layer.outputNorm()) : none); // [D]
      layers.add(optional(layer.mlpNorm() + BIAS)); // [D]
      layers.add(config.style().sandwich() ? norm(layer.mlpOutputNorm()) : none); // [D]
      layers.add(optional(layer.router() + WEIGHT)); // [E, D]
    }
  }

  private void addLayer(Layer layer, boolean experts) {
    layers.add(norm(layer.norm())); // [D]
    addLinear("pack", layer.queryKeyValue());
    addLinear("pack", List.of(layer.output()));
    layers.add(norm(layer.mlpNorm())); // [D]
    String way = experts ? "stack" : "pack";
    addLinear(way, layer.up());
    addLinear(way, layer.down());
    boolean normed = config.queryKeyNorm();
    layers.add(normed ? headNorm(layer.queryNorm(), layer.keyNorm()) : none); // [H + K, C]
  }

  /** Matrix, bias and scales of projections of the same input. */
  private void addLinear(String way, List<String> names) {
    NDList matrix =
        matrix(
            way, names.stream().map(name -> name + WEIGHT).toList(), config.names().transposed());
    layers.add(matrix.get(0));
    List<String> biases = names.stream().map(name -> name + BIAS).toList();
    layers.add(reader.has(biases.get(0)) ? stacked(biases) : none);
    layers.add(matrix.get(1));
  }

  private NDList matrix(String way, List<String> names, boolean transposed) {
    try (InferenceScope dense = InferenceScope.open()) {
      List<NDArray> parts = new ArrayList<>();
      for (String name : names) {
        NDArray part = reader.read(dense, name);
        parts.add(transposed ? kernels.script().run(dense, "transposed", part).get(0) : part);
      }
      return kernels.script().run(owner, way, parts, kernels.halves());
    }
  }

  private NDArray stacked(List<String> names) {
    try (InferenceScope dense = InferenceScope.open()) {
      NDList parts = new NDList();
      names.forEach(name -> parts.add(reader.read(dense, name)));
      return kernels.script().run(owner, "join", parts).get(0);
    }
  }

  /** The tensor called {@code name} if the model has it. */
  private NDArray optional(String name) {
    return reader.has(name) ? reader.read(owner, name) : none;
  }

  /** What the norm called {@code name} multiplies by. */
  private NDArray norm(String name) {
    return norm(owner, name);
  }

  private NDArray norm(InferenceScope scope, String name) {
    NDArray weight = reader.read(scope, name + WEIGHT); // [D]
    return config.style().norm() == Norm.RMS_OFFSET
        ? kernels.script().run(scope, "offset", weight).get(0)
        : weight;
  }

  private NDArray headNorm(String query, String key) {
    try (InferenceScope dense = InferenceScope.open()) {
      Object[] norms = {norm(dense, query), norm(dense, key)}; // [C] each
      return kernels
          .script()
          .run(owner, "head_norm", norms[0], norms[1], config.heads(), config.keyValueHeads())
          .get(0);
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}
