package dev.kelpie.actors.simulation;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Times of work, fitted to the steps of measured runs. All are in seconds.
 *
 * <ul>
 *   <li>A unit: {@code g0 + g1 x (decode steps, the length of its longest response) + g2 x tokens}.
 *   <li>An update: {@code epochs x (t0 x minibatches + t1 x responses + t2 x tokens)}.
 *   <li>What no part of a step accounts for: {@code o0 + o1 x responses}.
 *   <li>Loading and publishing weights, scoring a response: medians.
 * </ul>
 *
 * @param generate {@code g0, g1, g2}
 * @param train {@code t0, t1, t2}
 * @param other {@code o0, o1}
 * @param spread standard deviation of a unit's time relative to what is predicted
 * @param score a response
 * @param reference a response, by models; 0 where a run has none
 * @param load a version of the weights, once it is on the machine
 * @param save a checkpoint; 0 where none was measured
 * @param meanLength response length
 * @param longest longest response among {@code responses}
 * @param rolloutThreads native threads of a rollout worker that were measured
 */
public record Rates(
    List<Double> generate,
    List<Double> train,
    List<Double> other,
    double spread,
    double score,
    double reference,
    double load,
    double publish,
    double save,
    double meanLength,
    double longest,
    double responses,
    int rolloutThreads,
    int learnerThreads,
    long weightBytes,
    int steps) {
  /** A step of a measured run. */
  private record Sample(StepMetrics step, Experiment experiment) {
    double get(String name) {
      double value = step.get(name);
      return Double.isNaN(value) ? 0 : value;
    }

    double responses() {
      return get("data/responses");
    }

    double perUnit() {
      return responses() / get("unit/count");
    }

    double tokens() {
      return responses() * get("response_length/mean");
    }

    /** Length of the longest response of a unit: that of the step where it has one unit. */
    double decodeSteps() {
      return Lengths.longest(
          get("response_length/mean"), get("response_length/max"), responses(), perUnit());
    }
  }

  /** Lengths of responses. */
  static final class Lengths {
    private Lengths() {}

    /**
     * The longest of {@code rows} responses, where the mean is known and the longest of {@code of}.
     * It lies above the mean by a part that grows with the logarithm of their number, as that of
     * lengths with an exponential tail does.
     */
    static double longest(double mean, double longest, double of, double rows) {
      double part = Math.log(rows + 1) / Math.log(of + 1);
      return mean + (longest - mean) * Math.min(1, part);
    }
  }

  /**
   * The rates of some runs.
   *
   * @throws ConfigException when they have not the same threads
   */
  public static Rates of(List<MeasuredRun> runs) {
    Experiment first = runs.get(0).experiment();
    List<Sample> samples = new ArrayList<>();
    for (MeasuredRun run : runs) {
      requireSame(run, "rollout.threads", first, own -> own.rollout().threads());
      requireSame(run, "learner.threads", first, own -> own.learner().threads());
      run.steps().forEach(step -> samples.add(new Sample(step, run.experiment())));
    }
    List<CostFit.Point> units = new ArrayList<>();
    List<CostFit.Point> updates = new ArrayList<>();
    List<CostFit.Point> rest = new ArrayList<>();
    for (Sample sample : samples) {
      point(
          units,
          sample.get("unit/generate_s"),
          1,
          sample.decodeSteps(),
          sample.tokens() / sample.get("unit/count"));
      point(updates, sample.get("timing_s/update_policy"), update(sample));
      if (sample.experiment().async().maxStaleness() == 0) {
        point(rest, sample.get("timing_s/other"), 1, sample.responses());
      }
    }
    double[] generate = CostFit.fit(units, 3);
    return new Rates(
        list(generate),
        list(CostFit.fit(updates, 3)),
        list(CostFit.fit(rest, 2)),
        spread(units, generate, samples),
        median(samples, Rates::scorePerResponse),
        median(samples, sample -> sample.get("timing_s/ref_logprob") / sample.responses()),
        median(samples, sample -> sample.get("unit/load_s")),
        median(samples, sample -> sample.get("unit/publish_s")),
        median(samples, sample -> sample.get("timing_s/checkpoint")),
        mean(samples, sample -> sample.get("response_length/mean")),
        mean(samples, sample -> sample.get("response_length/max")),
        mean(samples, Sample::responses),
        first.rollout().threads(),
        first.learner().threads(),
        runs.stream().mapToLong(MeasuredRun::weightBytes).max().orElse(0),
        samples.size());
  }

  private static void requireSame(
      MeasuredRun run, String key, Experiment first, ToDoubleFunction<Experiment> value) {
    double own = value.applyAsDouble(run.experiment());
    double other = value.applyAsDouble(first);
    if (own != other) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: %s = %.0f (expected: %.0f, as in the other runs, whose rates it shares)",
              run.folder(),
              key,
              own,
              other));
    }
  }

  private static double[] update(Sample sample) {
    return update(sample.experiment(), sample.responses(), sample.tokens());
  }

  private static double[] update(Experiment experiment, double responses, double tokens) {
    double epochs = experiment.learner().epochs();
    return new double[] {
      epochs * experiment.learner().minibatches(), epochs * responses, epochs * tokens
    };
  }

  private static void point(List<CostFit.Point> points, double value, double... features) {
    if (value > 0) {
      points.add(new CostFit.Point(features, value));
    }
  }

  private static double scorePerResponse(Sample sample) {
    return sample.get("unit/score_s") * sample.get("unit/score_count") / sample.responses();
  }

  /** A mean of n units varies less than a unit does, by the square root of n. */
  private static double spread(List<CostFit.Point> units, double[] generate, List<Sample> samples) {
    double count = Math.max(1, mean(samples, sample -> sample.get("unit/count")));
    return CostFit.spread(units, generate) * Math.sqrt(count);
  }

  /** The mean over the steps that have the number. */
  private static double mean(List<Sample> samples, ToDoubleFunction<Sample> number) {
    return samples.stream().mapToDouble(number).filter(value -> value > 0).average().orElse(0);
  }

  /** The median over the steps that have the number, which a few slow ones do not change. */
  private static double median(List<Sample> samples, ToDoubleFunction<Sample> number) {
    double[] sorted =
        samples.stream().mapToDouble(number).filter(value -> value > 0).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  private static List<Double> list(double[] values) {
    List<Double> list = new ArrayList<>();
    for (double value : values) {
      list.add(value);
    }
    return list;
  }

  /** Mean length of a response in an experiment. */
  public double length(Experiment experiment) {
    int limit = experiment.rollout().maxNewTokens();
    return experiment.rollout().ignoreStop() ? limit : Math.min(limit, meanLength);
  }

  /** Seconds of a unit with so many responses. */
  double unit(Experiment experiment, int rows) {
    double mean = length(experiment);
    double most = Math.min(experiment.rollout().maxNewTokens(), Math.max(longest, mean));
    double steps =
        experiment.rollout().ignoreStop()
            ? mean
            : Lengths.longest(mean, Math.max(most, mean), responses, rows);
    return generate.get(0) + generate.get(1) * steps + generate.get(2) * mean * rows;
  }

  /** Seconds of a step's update, with what no part of a step accounts for. */
  double update(Experiment experiment, int rows) {
    double[] features = update(experiment, rows, rows * length(experiment));
    double seconds = 0;
    for (int k = 0; k < features.length; k++) {
      seconds += train.get(k) * features[k];
    }
    return seconds;
  }

  /** Seconds of a step that no part of it accounts for. */
  double rest(int rows) {
    return other.get(0) + other.get(1) * rows;
  }
}
