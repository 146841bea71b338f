package dev.kelpie.rollout;

import dev.kelpie.config.DirectionOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Purpose;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Preference directions of prompts: numbers by the names that {@code directions.columns} gives,
 * drawn by the run's seed and the position of the prompt alone, so that a resumed run draws the
 * same. They are columns of the prompt, where a reward finds its {@code weight-column}.
 *
 * <p>DPA, Wang et al. 2024, https://arxiv.org/abs/2402.18571, section 3.2.
 *
 * @param seed the run's seed
 */
public record DrawnDirections(DirectionOptions options, long seed) {
  private static final int DIRECTION = 1 << 29; // apart from the samples of a step
  private static final int EVAL = 1 << 30;
  private static final double STEPS = 10_000; // four decimals, as a prompt may show them

  /** {@code source} with a direction for each prompt, or the same where none is asked for. */
  public PromptSource over(PromptSource source, Purpose purpose) {
    if (options.columns().isEmpty()) {
      return source;
    }
    return new PromptSource() {
      @Override
      public long size() {
        return source.size();
      }

      @Override
      public Prompt at(long position) {
        return of(source.at(position), position, purpose);
      }
    };
  }

  /** {@code prompt} with the direction of {@code position}. */
  public Prompt of(Prompt prompt, long position, Purpose purpose) {
    if (options.columns().isEmpty()) {
      return prompt;
    }
    Map<String, String> metadata = new LinkedHashMap<>(prompt.metadata());
    metadata.putAll(at(position, purpose));
    return prompt.withMetadata(metadata);
  }

  /** The direction of {@code position} by column, each number with at most four decimals. */
  public Map<String, String> at(long position, Purpose purpose) {
    List<String> names = options.columns();
    double[] drawn = new double[names.size()];
    double sum = 0;
    for (int k = 0; k < drawn.length; k++) {
      drawn[k] = component(position, purpose, k);
      sum += options.on() == DirectionOptions.Surface.SPHERE ? drawn[k] * drawn[k] : drawn[k];
    }
    double length = options.on() == DirectionOptions.Surface.SPHERE ? Math.sqrt(sum) : sum;
    Map<String, String> direction = new LinkedHashMap<>();
    long left = (long) STEPS;
    for (int k = 0; k < drawn.length; k++) {
      long steps = Math.round(drawn[k] / length * STEPS);
      boolean last = k == drawn.length - 1 && options.on() == DirectionOptions.Surface.SIMPLEX;
      steps = last ? Math.max(0, left) : steps;
      left -= steps;
      direction.put(names.get(k), Double.toString(steps / STEPS));
    }
    return direction;
  }

  /** The size of a normal number for the sphere, an exponential one for the simplex. */
  private double component(long position, Purpose purpose, int k) {
    int use = DIRECTION | (purpose == Purpose.EVAL ? EVAL : 0);
    int[] words =
        Philox.block(
            k, use, (int) position, (int) (position >>> 32), (int) seed, (int) (seed >>> 32));
    double exponential = -Math.log(uniform(words[0]));
    return options.on() == DirectionOptions.Surface.SIMPLEX
        ? exponential
        : Math.abs(Math.sqrt(2 * exponential) * Math.cos(2 * Math.PI * uniform(words[1])));
  }

  /** In (0, 1). */
  private static double uniform(int word) {
    return (Integer.toUnsignedLong(word) + 0.5) * 0x1p-32;
  }
}
