package dev.kelpie.model;

import dev.kelpie.model.architecture.DecoderStyle;
import dev.kelpie.model.architecture.DecoderStyle.Experts;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The shape of a decoder as the scripts take it: {@code shape.py} reads what is written here. */
final class DecoderShape {
  private DecoderShape() {}

  static long[] of(ModelConfig config) {
    List<Integer> windows = List.copyOf(new LinkedHashSet<>(config.windows()));
    List<Integer> layers = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(rotation(config, layer));
      layers.add(windows.indexOf(config.windows().get(layer)));
    }
    List<Integer> sizes =
        List.of(
            config.layers(),
            config.heads(),
            config.keyValueHeads(),
            config.headSize(),
            windows.size());
    return Stream.of(sizes, windows, layers, style(config))
        .flatMap(List::stream)
        .mapToLong(Integer::longValue)
        .toArray();
  }

  /** 0: none, else 1 + the kind of its rotation. */
  private static int rotation(ModelConfig config, int layer) {
    if (!config.rope().layers().get(layer)) {
      return 0;
    }
    boolean windowed = config.windows().get(layer) > 0;
    return windowed && config.rope().windowed().isPresent() ? 2 : 1;
  }

  /** How the scripts name an activation. */
  private static int number(DecoderStyle.Activation activation) {
    return switch (activation) {
      case GATED_SILU -> 0;
      case GATED_GELU -> 1;
      case GELU -> 2;
    };
  }

  private static List<Integer> style(ModelConfig config) {
    DecoderStyle style = config.style();
    Optional<Experts> experts = style.experts();
    return List.of(
        config.rope().kinds().size(),
        style.norm() == Norm.RMS_OFFSET ? 1 : 0,
        number(style.activation()),
        experts.map(Experts::count).orElse(0),
        experts.map(Experts::chosen).orElse(0),
        experts.filter(Experts::normalised).isPresent() ? 1 : 0);
  }

  /** The numbers beside the shape. */
  static double[] numbers(ModelConfig config) {
    DecoderStyle style = config.style();
    return DoubleStream.concat(
            DoubleStream.of(
                config.normEps(),
                style.embeddingFactor(),
                config.scoreFactor(),
                style.scoreCap(),
                style.logitCap()),
            DoubleStream.of(config.rope().attentionFactors()))
        .toArray();
  }
}
