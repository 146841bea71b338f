package dev.kelpie.model.architecture;

import dev.kelpie.model.architecture.DecoderNames.Layer;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The parameters of a decoder with their shapes. */
final class DecoderParameters {
  private final ModelConfig config;
  private final DecoderNames names;
  private final SortedMap<String, List<Long>> shapes = new TreeMap<>();

  DecoderParameters(ModelConfig config, DecoderNames names) {
    this.config = config;
    this.names = names;
  }

  SortedMap<String, List<Long>> shapes() {
    long d = config.hiddenSize();
    shapes.put(names.embedding() + ".weight", List.of((long) config.vocabularySize(), d));
    if (config.style().learnedPositions()) {
      shapes.put(names.positions() + ".weight", List.of((long) config.maxPositions(), d));
    }
    norm(names.norm());
    if (config.labels() > 0) {
      shapes.put("score.weight", List.of((long) config.labels(), d));
      if (config.labelsTokens()) {
        shapes.put("score.bias", List.of((long) config.labels()));
      }
    } else if (!config.tied()) {
      shapes.put(names.head() + ".weight", List.of((long) config.vocabularySize(), d));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      addLayer(layer);
    }
    return shapes;
  }

  private void addLayer(int index) {
    Layer layer = names.layers().get(index);
    long d = config.hiddenSize();
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    norm(layer.norm());
    List<String> inputs = layer.queryKeyValue();
    boolean fused = inputs.size() == 1;
    for (int i = 0; i < inputs.size(); i++) {
      long rows = fused ? queries + 2 * keys : i == 0 ? queries : keys;
      linear(inputs.get(i), rows, d, config.queryKeyValueBias());
    }
    linear(layer.output(), d, queries, config.outputBias());
    if (config.queryKeyNorm()) {
      shapes.put(layer.queryNorm() + ".weight", List.of((long) config.headSize()));
      shapes.put(layer.keyNorm() + ".weight", List.of((long) config.headSize()));
    }
    addMlp(layer, config.style().hasExperts(index));
    norm(layer.mlpNorm());
    if (config.style().sandwich()) {
      norm(layer.outputNorm());
      norm(layer.mlpOutputNorm());
    }
  }

  private void addMlp(Layer layer, boolean experts) {
    long d = config.hiddenSize();
    long wide = config.intermediateSize();
    if (experts) {
      wide = config.style().experts().orElseThrow().intermediateSize();
      shapes.put(
          layer.router() + ".weight",
          List.of((long) config.style().experts().orElseThrow().count(), d));
    }
    boolean fused = config.style().gated() && layer.up().size() == 1;
    for (String name : layer.up()) {
      linear(name, fused ? 2 * wide : wide, d, config.mlpBias());
    }
    for (String name : layer.down()) {
      linear(name, d, wide, config.mlpBias());
    }
  }

  private void norm(String name) {
    shapes.put(name + ".weight", List.of((long) config.hiddenSize()));
    if (config.style().norm() == Norm.LAYER) {
      shapes.put(name + ".bias", List.of((long) config.hiddenSize()));
    }
  }

  private void linear(String name, long out, long in, boolean bias) {
    shapes.put(name + ".weight", names.transposed() ? List.of(in, out) : List.of(out, in));
    if (bias) {
      shapes.put(name + ".bias", List.of(out));
    }
  }
}
