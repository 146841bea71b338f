package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions.Measure;
import dev.kelpie.config.DataOptions.PassRate;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.ReadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The pass rates of the prompts of a former run, by the text of the prompt as the model has seen
 * it: the mean reward of its samples in {@code rollouts/}, or the share of them whose reward is the
 * largest of the run. Samples of members do not count.
 */
final class PassRates implements ReadOptions.PromptFilter {
  private final PassRate options;
  private final Map<String, Samples> byText = new HashMap<>();
  private double most = Double.NEGATIVE_INFINITY;
  private Optional<DataFile> data = Optional.empty();

  /** The samples of one prompt. */
  private static final class Samples {
    int count;
    double sum;
    double most = Double.NEGATIVE_INFINITY;
    int atMost;

    void add(double reward) {
      count++;
      sum += reward;
      atMost = reward > most ? 1 : atMost + (reward == most ? 1 : 0);
      most = Math.max(most, reward);
    }
  }

  private PassRates(PassRate options) {
    this.options = options;
  }

  /**
   * {@code options} with the filter of the experiment, if it has one.
   *
   * @throws ConfigException if there is no such run, or it has no samples
   */
  static ReadOptions filtering(Experiment experiment, ReadOptions options) {
    PassRate filter = experiment.data().filter().passRate();
    return filter.runPath().isEmpty() ? options : options.filtering(read(filter));
  }

  private static PassRates read(PassRate filter) {
    PassRates rates = new PassRates(filter);
    Path run = Path.of(filter.runPath());
    Path rollouts = new RunFolder(run).rollouts();
    if (Files.isDirectory(rollouts)) {
      try {
        rates.data =
            Optional.of(RecordedSamples.read(rollouts, (sample, place) -> rates.add(sample)));
      } catch (IOException | RuntimeException e) {
        throw new ConfigException("data.filter.pass-rate.run-path: " + Failure.line(e));
      }
    }
    if (rates.byText.isEmpty()) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "data.filter.pass-rate.run-path: %s: no samples of the policy (expected: a run folder"
                  + " with rollouts/step-N.arrow)",
              RunFolder.shown(run)));
    }
    return rates;
  }

  private void add(ScoredTrajectory sample) {
    most = Math.max(most, sample.reward());
    byText
        .computeIfAbsent(sample.trajectory().prompt().text(), text -> new Samples())
        .add(sample.reward());
  }

  @Override
  public Verdict of(Prompt prompt) {
    Samples known = byText.get(prompt.text());
    if (known == null) {
      return options.keepUnseen() ? Verdict.KEPT : Verdict.UNSEEN;
    }
    double rate = rate(known);
    return rate >= options.min() && rate <= options.max() ? Verdict.KEPT : Verdict.OUTSIDE;
  }

  private double rate(Samples known) {
    if (options.measure() == Measure.MEAN_REWARD) {
      return known.sum / known.count;
    }
    return known.most == most ? (double) known.atMost / known.count : 0;
  }

  @Override
  public Optional<DataFile> data() {
    return data;
  }
}
