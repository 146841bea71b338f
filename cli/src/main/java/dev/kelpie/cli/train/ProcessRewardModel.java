package dev.kelpie.cli.train;

import dev.kelpie.cli.check.ProcessInputs;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.learner.reward.RewardModelListener;
import dev.kelpie.learner.reward.process.ProcessTraining;
import dev.kelpie.learner.reward.process.StepReport;
import dev.kelpie.rollout.ReadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/** The training of a process reward model, with its results on the terminal. */
final class ProcessRewardModel {
  private ProcessRewardModel() {}

  /** Follows a training, which {@code train} makes with its own listener. */
  interface Following {
    void follow(Consumer<RewardModelListener> train);
  }

  /**
   * Trains the model that {@code loaded} describes and writes it to {@code folder}.
   *
   * @param resume whether a stopped training continues
   * @throws ConfigException on a wrong value, before anything is written
   */
  static void train(
      LoadedExperiment loaded, Path folder, boolean resume, PrintWriter out, Following following)
      throws IOException {
    ReadOptions options =
        new ReadOptions(
            ProcessInputs.columns(loaded.experiment()),
            ReadOptions.NO_KNOWN_HASH,
            ReadingLine.on(out));
    try (ProcessInputs inputs = ProcessInputs.open(loaded, options)) {
      inputs.notes().forEach(out::println);
      ProcessTraining training = inputs.split();
      out.println(training.words());
      out.flush();
      Files.createDirectories(folder);
      following.follow(listener -> print(out, folder, training.train(folder, resume, listener)));
    }
  }

  private static void print(PrintWriter out, Path folder, ProcessTraining.Result result) {
    result.report().ifPresent(report -> out.println(words(report)));
    out.println(
        result.finished()
            ? "reward model: " + folder
            : "stopped; go on with the same command and --resume");
    out.flush();
  }

  private static String words(StepReport report) {
    return String.format(
        Locale.ROOT,
        "held-out accuracy %.3f (standard error %.3f, %d steps), loss %.4f; %.3f of right steps,"
            + " %.3f of wrong ones",
        report.accuracy(),
        report.standardError(),
        report.steps(),
        report.loss(),
        report.rightAccuracy(),
        report.wrongAccuracy());
  }
}
