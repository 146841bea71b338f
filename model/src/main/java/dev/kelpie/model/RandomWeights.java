package dev.kelpie.model;

import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.architecture.DecoderStyle.Norm;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Fresh weights: normal with the configuration's standard deviation, norms 1 (or 0, where they
 * multiply by 1 + weight), biases and the heads of values and scores 0. A function of shapes and
 * seed alone: every parameter draws from a stream of its own, in order of the names.
 */
final class RandomWeights {
  private RandomWeights() {}

  static void draw(Parameters parameters, ModelConfig config, long seed) {
    double std = config.initialStd();
    boolean ones = config.style().norm() != Norm.RMS_OFFSET;
    SplittableRandom streams = new SplittableRandom(seed);
    for (Map.Entry<String, List<Long>> parameter : parameters.layout().shapes().entrySet()) {
      SplittableRandom stream = streams.split();
      String name = parameter.getKey();
      FloatBuffer numbers = parameters.bytes(name).asFloatBuffer();
      if (parameter.getValue().size() == 1 && name.endsWith(".weight")) { // of a norm
        while (ones && numbers.hasRemaining()) {
          numbers.put(1f);
        }
      } else if (parameter.getValue().size() == 2 && !ParameterLayout.isScalarHead(name)) {
        fill(numbers, std, stream);
      }
    }
  }

  /** Fills one parameter, a function of {@code seed} alone. */
  static void draw(Parameters parameters, String name, double std, long seed) {
    fill(parameters.bytes(name).asFloatBuffer(), std, new SplittableRandom(seed));
  }

  /**
   * A fresh adapter: A is uniform in +-1/sqrt(inputs), as PEFT draws it, and B is 0, so that it
   * changes nothing; modules that are trained in full beside it are those of the base. A function
   * of shapes, seed and {@code base} alone.
   */
  static void drawAdapter(Parameters parameters, Parameters base, long seed) {
    SplittableRandom streams = new SplittableRandom(seed);
    for (Map.Entry<String, List<Long>> parameter : parameters.layout().shapes().entrySet()) {
      SplittableRandom stream = streams.split();
      AdapterModules.savedParameter(parameter.getKey())
          .ifPresent(from -> parameters.bytes(parameter.getKey()).put(base.bytes(from)));
      if (AdapterModules.parameter(parameter.getKey()).isPresent()) {
        double bound = 1 / StrictMath.sqrt(parameter.getValue().get(1));
        FloatBuffer numbers = parameters.bytes(parameter.getKey()).asFloatBuffer();
        while (numbers.hasRemaining()) {
          numbers.put((float) ((2 * stream.nextDouble() - 1) * bound));
        }
      }
    }
  }

  /** Marsaglia's polar method, in StrictMath so that every machine draws the same. */
  private static void fill(FloatBuffer numbers, double std, SplittableRandom stream) {
    while (numbers.hasRemaining()) {
      double x = 2 * stream.nextDouble() - 1;
      double y = 2 * stream.nextDouble() - 1;
      double s = x * x + y * y;
      if (s < 1 && s > 0) {
        double scale = std * StrictMath.sqrt(-2 * StrictMath.log(s) / s);
        numbers.put((float) (x * scale));
        if (numbers.hasRemaining()) {
          numbers.put((float) (y * scale));
        }
      }
    }
  }
}
