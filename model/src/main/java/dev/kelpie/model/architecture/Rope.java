package dev.kelpie.model.architecture;

import dev.kelpie.config.Require;
import java.util.List;
import java.util.Optional;

/**
 * Rotary position embeddings (RoFormer, https://arxiv.org/abs/2104.09864), in the layout of halves.
 *
 * @param theta base of the wave lengths
 * @param scaling stretch of long wave lengths, if any
 * @param layers per layer, whether its queries and keys are rotated at all
 */
public record Rope(double theta, Optional<Scaling> scaling, List<Boolean> layers) {
  public Rope {
    layers = List.copyOf(layers);
    Require.that(theta > 0, "rope theta: %s (expected: above 0)", theta);
  }

  /** A change of the inverse frequencies. */
  public sealed interface Scaling permits Linear, Llama3 {
    /** The scaled value of one {@code inverseFrequency}, in radians per position. */
    double scale(double inverseFrequency);
  }

  /** Positions divided by {@code factor}. */
  public record Linear(double factor) implements Scaling {
    @Override
    public double scale(double inverseFrequency) {
      return inverseFrequency / factor;
    }
  }

  /**
   * Llama 3.1's stretch: wave lengths above {@code originalPositions / lowFrequencyFactor} are
   * divided by {@code factor}, those below {@code originalPositions / highFrequencyFactor} are
   * kept, those between are blended.
   */
  public record Llama3(
      double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
      implements Scaling {
    @Override
    public double scale(double inverseFrequency) {
      double waveLength = 2 * Math.PI / inverseFrequency;
      if (waveLength > originalPositions / lowFrequencyFactor) {
        return inverseFrequency / factor;
      }
      if (waveLength < originalPositions / highFrequencyFactor) {
        return inverseFrequency;
      }
      double smooth =
          (originalPositions / waveLength - lowFrequencyFactor)
              / (highFrequencyFactor - lowFrequencyFactor);
      return (1 - smooth) * inverseFrequency / factor + smooth * inverseFrequency;
    }
  }

  /**
   * Radians per position of each pair of channels, scaling applied: {@code theta^(-2i/headSize)}.
   *
   * @return {@code headSize / 2} numbers, rounded to float32 as the reference does
   */
  public float[] inverseFrequencies(int headSize) {
    float[] frequencies = new float[headSize / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float power = (float) Math.pow(theta, 2f * i / headSize);
      double plain = 1f / power;
      frequencies[i] = (float) scaling.map(s -> s.scale(plain)).orElse(plain).doubleValue();
    }
    return frequencies;
  }
}
