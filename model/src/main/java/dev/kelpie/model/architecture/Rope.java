package dev.kelpie.model.architecture;

import dev.kelpie.config.Require;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Rotary position embeddings (RoFormer, https://arxiv.org/abs/2104.09864), in the layout of halves.
 *
 * @param theta base of the wave lengths
 * @param scaling stretch of long wave lengths, if any
 * @param share of a head's channels that is rotated, from the first on
 * @param layers per layer, whether its queries and keys are rotated at all
 * @param windowed those of the layers with a window, where these have their own (Gemma 3)
 */
public record Rope(
    double theta,
    Optional<Scaling> scaling,
    double share,
    List<Boolean> layers,
    Optional<Rope> windowed) {
  public Rope {
    layers = List.copyOf(layers);
    Require.that(theta > 0, "rope theta: %s (expected: above 0)", theta);
    Require.that(share > 0 && share <= 1, "partial_rotary_factor: %s (expected: in (0, 1])", share);
  }

  /** Rotary positions of whole heads, the same in all layers that have any. */
  public Rope(double theta, Optional<Scaling> scaling, List<Boolean> layers) {
    this(theta, scaling, 1, layers, Optional.empty());
  }

  /** A change of the inverse frequencies. */
  public sealed interface Scaling permits Linear, Llama3, Yarn, LongRope {
    /**
     * The scaled value of one inverse frequency.
     *
     * @param inverseFrequency in radians per position
     * @param pair its number, from 0 on
     */
    default double scale(double inverseFrequency, int pair) {
      return scale(inverseFrequency);
    }

    /** The same of a stretch that does not depend on the pair. */
    double scale(double inverseFrequency);

    /** Factor of cos and sin. */
    default double attentionFactor() {
      return 1;
    }
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
   * YaRN (https://arxiv.org/abs/2309.00071): pairs from {@code high} on are divided by {@code
   * factor}, those up to {@code low} are kept, those between are blended.
   */
  public record Yarn(double factor, double low, double high, double attentionFactor)
      implements Scaling {
    @Override
    public double scale(double inverseFrequency, int pair) {
      double top = low == high ? high + 0.001 : high;
      double stretched = Math.min(1, Math.max(0, (pair - low) / (top - low)));
      return scale(inverseFrequency) * stretched + inverseFrequency * (1 - stretched);
    }

    @Override
    public double scale(double inverseFrequency) {
      return inverseFrequency / factor;
    }
  }

  /**
   * LongRoPE (https://arxiv.org/abs/2402.13753) within the positions that the model was first
   * trained with: each pair is divided by its short factor. Beyond {@code positions} all tokens of
   * a sequence would have other factors, also those before, so that no cache could be kept.
   */
  public record LongRope(List<Double> factors, double attentionFactor, int positions)
      implements Scaling {
    public LongRope {
      factors = List.copyOf(factors);
    }

    @Override
    public double scale(double inverseFrequency, int pair) {
      return inverseFrequency / factors.get(pair);
    }

    @Override
    public double scale(double inverseFrequency) {
      throw new UnsupportedOperationException("each pair has a factor of its own");
    }
  }

  /** The kinds of rotation: this one and that of the layers with a window, if that differs. */
  public List<Rope> kinds() {
    return windowed.map(other -> List.of(this, other)).orElse(List.of(this));
  }

  /** Of a model's {@code positions} those that have these numbers: longrope ends sooner. */
  public int positions(int positions) {
    return scaling.isPresent() && scaling.get() instanceof LongRope stretch
        ? stretch.positions()
        : positions;
  }

  /** Channels of a head that are rotated. */
  public int channels(int headSize) {
    return (int) (headSize * share);
  }

  /** The inverse frequencies of all {@link #kinds}, one after the other. */
  public float[] inverseFrequencies(int headSize) {
    return kinds().size() == 1
        ? own(headSize)
        : joined(own(headSize), kinds().get(1).own(headSize));
  }

  private static float[] joined(float[] first, float[] second) {
    float[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** The factors of cos and sin of all {@link #kinds}. */
  public double[] attentionFactors() {
    return kinds().stream()
        .mapToDouble(kind -> kind.scaling.map(Scaling::attentionFactor).orElse(1.0))
        .toArray();
  }

  /**
   * Radians per position of each pair of channels, scaling applied: {@code theta^(-2i/channels)}.
   *
   * @return half as many numbers as channels, rounded to float32 as the reference does
   */
  private float[] own(int headSize) {
    int channels = channels(headSize);
    float[] frequencies = new float[channels / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float power = (float) Math.pow(theta, 2f * i / channels);
      double plain = 1f / power;
      int pair = i;
      frequencies[i] = (float) scaling.map(s -> s.scale(plain, pair)).orElse(plain).doubleValue();
    }
    return frequencies;
  }
}
