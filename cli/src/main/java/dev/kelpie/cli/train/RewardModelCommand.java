package dev.kelpie.cli.train;

import dev.kelpie.algorithms.score.ScoreReport;
import dev.kelpie.cli.check.ExperimentArguments;
import dev.kelpie.cli.check.RewardModelInputs;
import dev.kelpie.cli.terminal.NativeStart;
import dev.kelpie.cli.terminal.ReadingLine;
import dev.kelpie.cli.terminal.StopHook;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.learner.reward.RewardModelListener;
import dev.kelpie.learner.reward.RewardModelRun;
import dev.kelpie.learner.reward.RewardModelRun.Result;
import dev.kelpie.learner.reward.RewardModelRun.Results;
import dev.kelpie.rollout.ReadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kelpie reward-model}: training of a reward model on pairs of responses. */
@Command(
    name = "reward-model",
    description = "Train a reward model on pairs of responses, one better than the other.",
    footer = {
      "",
      "Example: kelpie reward-model configs/pipeline-reward-model.conf --out my-scorer"
    })
public final class RewardModelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ExperimentArguments arguments = new ExperimentArguments();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the reward model, in Hugging Face's format.")
  private Path folder = Path.of("");

  @Option(names = "--overwrite", description = "Replace the reward model that is in DIR already.")
  private boolean overwrite;

  @Option(names = "--resume", description = "Continue the training that was stopped in DIR.")
  private boolean resume;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (resume && overwrite) {
      throw new ParameterException(
          spec.commandLine(), "--resume and --overwrite (expected: one of them)");
    }
    LoadedExperiment loaded = arguments.load();
    int ensemble = loaded.experiment().rewardModel().ensemble();
    if (!overwrite && !resume) {
      RewardModelRun.requireNew(folder, ensemble);
    }
    if (overwrite && isPolicy(loaded.experiment().policy().path())) {
      throw new ConfigException(
          "--out: " + folder + " is policy.path (expected: another folder than it starts from)");
    }
    boolean features = !loaded.experiment().rewardModel().features().isEmpty();
    requireNoOther(features ? "model.safetensors" : FeatureRewardModel.FILE);
    PrintWriter out = spec.commandLine().getOut();
    UnpackNotice.tell(out);
    if (features) {
      return trainFeatures(loaded, out);
    }
    NativeStart.inBackground();
    if (!loaded.experiment().rewardModel().completions().isEmpty()) {
      ProcessRewardModel.train(loaded, folder, resume, out, train -> follow(ensemble, out, train));
      return 0;
    }
    ReadOptions options =
        new ReadOptions(MetadataColumns.NONE, ReadOptions.NO_KNOWN_HASH, ReadingLine.on(out));
    try (RewardModelInputs inputs = RewardModelInputs.open(loaded, options)) {
      inputs.notes().forEach(out::println);
      RewardModelRun run = inputs.split();
      out.println(run.words());
      out.flush();
      Files.createDirectories(folder);
      train(run, ensemble, out);
    }
    return 0;
  }

  private boolean isPolicy(String policy) throws IOException {
    Path path = Path.of(policy);
    return Files.exists(path) && Files.exists(folder) && Files.isSameFile(path, folder);
  }

  /** Refuses a folder whose model is of the other kind, which would stay beside the new one. */
  private void requireNoOther(String file) {
    if (Files.exists(folder.resolve(file))) {
      throw new ConfigException(
          "--out: " + folder + " holds a " + file + " (expected: a new folder)");
    }
  }

  /** Learns the weights of rewards, which takes no updates that could be resumed. */
  private int trainFeatures(LoadedExperiment loaded, PrintWriter out)
      throws IOException, InterruptedException {
    if (resume) {
      throw new ParameterException(
          spec.commandLine(),
          "--resume (expected: --overwrite, because the weights of features are found at once)");
    }
    if (!overwrite) {
      FeatureRewardModel.requireNew(folder);
    }
    FeatureRewardModel model = FeatureRewardModel.of(loaded);
    ReadOptions options =
        new ReadOptions(model.reward().columns(), ReadOptions.NO_KNOWN_HASH, ReadingLine.on(out));
    try (RewardModelInputs inputs = RewardModelInputs.open(loaded, options)) {
      inputs.notes().forEach(out::println);
      List<ScoreReport.Pair> heldOut =
          model.train(inputs.splitPairs(), folder, inputs.files().sha256());
      if (!heldOut.isEmpty()) {
        print(out, "", ScoreReport.of(heldOut));
      }
      out.println("reward model: " + folder.resolve("reward.conf"));
      out.flush();
    }
    return 0;
  }

  /** Trains to the end and prints progress and results. */
  private void train(RewardModelRun run, int ensemble, PrintWriter out) {
    follow(ensemble, out, progress -> report(out, run.train(folder, resume, progress)));
  }

  /**
   * Prints the progress of a training. Ctrl-C saves the state; the process then ends when that is
   * saved and reported.
   */
  private void follow(int ensemble, PrintWriter out, Consumer<RewardModelListener> training) {
    CountDownLatch saved = new CountDownLatch(1);
    try (RewardModelProgress progress = new RewardModelProgress(folder, ensemble, resume, out)) {
      StopHook hook =
          StopHook.add(
              () -> {
                System.err.println(
                    "\n"
                        + "stopping after this update, then saving ... (Ctrl-C once more ends at"
                        + " once)");
                progress.stop();
              },
              saved,
              "ended at once; nothing was saved",
              () -> {});
      try {
        training.accept(progress);
      } finally {
        hook.remove();
        saved.countDown();
      }
    }
  }

  private void report(PrintWriter out, Results results) {
    for (Result result : results.models()) {
      String name = results.models().size() == 1 ? "" : "model " + result.number() + ": ";
      result.report().ifPresent(report -> print(out, name, report));
    }
    results.together().ifPresent(report -> print(out, "mean of all: ", report));
    if (results.finished()) {
      out.println("reward model: " + folder);
    } else {
      out.println("stopped; go on with the same command and --resume");
    }
    out.flush();
  }

  private static void print(PrintWriter out, String name, ScoreReport report) {
    out.printf(
        Locale.ROOT,
        "%sheld-out accuracy %.3f (standard error %.3f, %d pairs), loss %.4f, calibration error"
            + " %.3f%n",
        name,
        report.accuracy(),
        report.standardError(),
        report.pairs(),
        report.loss(),
        report.calibrationError());
    ScoreReport.Lengths lengths = report.lengths();
    out.printf(
        Locale.ROOT,
        "%slength bias: correlation %s; accuracy %s where the chosen response is the shorter"
            + " one (%d pairs), %s where it is the longer one (%d)%n",
        name,
        known("%.2f", lengths.correlation()),
        known("%.3f", lengths.shorterAccuracy()),
        lengths.shorterPairs(),
        known("%.3f", lengths.longerAccuracy()),
        lengths.longerPairs());
  }

  /** A number that too few pairs may leave without a value. */
  private static String known(String format, double number) {
    return Double.isNaN(number) ? "unknown" : String.format(Locale.ROOT, format, number);
  }
}
