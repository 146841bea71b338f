package dev.kelpie.model;

import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;

/** The shape of a decoder as the scripts take it: {@code shape.py} reads what is written here. */
final class DecoderShape {
  private DecoderShape() {}

  static long[] of(ModelConfig config) {
    List<Integer> windows = List.copyOf(new LinkedHashSet<>(config.windows()));
    List<Integer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(config.rope().layers().get(layer) ? 1 : 0);
      layers.add(windows.indexOf(config.windows().get(layer)));
    }
    List<Integer> sizes =
        List.of(
            config.layers(),
            config.heads(),
            config.keyValueHeads(),
            config.headSize(),
            windows.size());
    return Stream.of(sizes, windows, layers)
        .flatMap(List::stream)
        .mapToLong(Integer::longValue)
        .toArray();
  }
}
