package dev.kelpie.rewards;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.FakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Rewards and comparisons that ask a {@link FakeServer}. */
public final class Judges {
  private Judges() {}

  /**
   * The experiment of {@code text} with a model {@code judge} behind {@code server}.
   *
   * @param template text of the file {@code t.txt} beside it
   */
  public static Experiment experiment(Path folder, FakeServer server, String template, String text)
      throws IOException {
    Files.writeString(folder.resolve("t.txt"), template);
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "data.path = d\npolicy.path = p\nmodels.judge { url = \""
                + server.url()
                + "\", model = tiny, retries = 0 }\n"
                + text);
    return ExperimentFiles.load(file, List.of()).experiment();
  }

  /** Connections of the experiment, whose answers are kept in {@code folder}. */
  public static Connections connect(Experiment experiment, Path folder) {
    return Connections.open(
        experiment,
        Optional.of(new RunFolder(folder.resolve("run"))),
        problem -> {
          throw new AssertionError(problem);
        });
  }

  /** The outcome of a response under the experiment's rewards. */
  static RewardOutcome outcome(Experiment experiment, Path folder, Trajectory response)
      throws InterruptedException {
    try (ConnectedReward reward =
        Rewards.connect(
            Rewards.compose(experiment.reward()),
            experiment,
            Optional.of(new RunFolder(folder.resolve("run"))),
            problem -> {
              throw new AssertionError(problem);
            })) {
      return Rewards.score(reward, response, Duration.ofSeconds(20));
    }
  }
}
