package dev.kelpie.bench;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.DjlRolloutEngine;
import dev.kelpie.rollout.RolloutEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the tokens per second of the rollout engine: distinct prompts of random digits, one
 * response each, stop tokens never drawn, so that every response has the same length.
 */
public final class DecodeBench {
  private static final int SEED = 0;

  private DecodeBench() {}

  /** The size of a measurement; its repetitions are timed, after one that warms up. */
  public record Options(int rows, int promptLength, int maxNew, int repeats) {}

  /** Decodes and returns the fields of the result line. */
  public static Map<String, Object> run(Path model, RolloutOptions rollout, Options options) {
    DigitPrompts source = new DigitPrompts(Tokenizer.open(model), options.promptLength(), SEED);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < options.rows(); i++) {
      prompts.add(source.at(i));
    }
    double[] seconds = new double[options.repeats()];
    long tokens = 0;
    try (RolloutEngine engine = DjlRolloutEngine.open(model, rollout);
        Checkpoint weights = Checkpoint.open(model)) {
      engine.load(weights);
      engine.generate(unit(prompts, options, 0), (finished, rows, count) -> {});
      for (int i = 0; i < seconds.length; i++) {
        long start = System.nanoTime();
        List<Trajectory> made =
            engine.generate(unit(prompts, options, i + 1), (finished, rows, count) -> {});
        seconds[i] = (System.nanoTime() - start) / 1e9;
        tokens = made.stream().mapToLong(t -> t.response().length()).sum();
      }
    }
    double median = median(seconds);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("bench", "decode");
    line.put("rows", options.rows());
    line.put("threads", rollout.threads());
    line.put("step_s", round(median, 1000));
    line.put("steps_s", Arrays.stream(seconds).map(s -> round(s, 1000)).boxed().toList());
    line.put("mean_length", round((double) tokens / options.rows(), 10));
    line.put("tokens_per_s", round(tokens / median, 10));
    line.put("peak_mib", PeakMemory.peakMib());
    return line;
  }

  private static RolloutUnit unit(List<Prompt> prompts, Options options, int step) {
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, step, 0, 0),
        0,
        prompts,
        1,
        new Sampling(1, 0, 1, 0, options.maxNew(), true),
        TokenIds.empty(),
        SEED,
        new PolicyVersion(0));
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static double round(double value, double parts) {
    return Math.round(value * parts) / parts;
  }
}
