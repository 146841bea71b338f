package dev.kelpie.cli;

import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.actors.RunSummary;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ExperimentFiles;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A run of the small experiment whose parts can be tampered with. */
final class SmallRun {
  private SmallRun() {}

  /** Starts it in {@code folder/run}; {@code before} is done before each unit of rollout work. */
  static RunNode start(Path experiment, Consumer<RolloutUnit> before, InstantSource wall)
      throws IOException {
    Experiment loaded = ExperimentFiles.load(experiment, List.of()).experiment();
    Path run = Files.createDirectory(experiment.resolveSibling("run"));
    RunSetup setup = RunParts.open(loaded).setup(new RunFolder(run), false);
    return RunNode.start(
        new RunSetup(
            loaded,
            setup.folder(),
            () -> new TrippingEngine(setup.engines().get(), before),
            setup.trainer(),
            setup.scorer(),
            setup.reward(),
            setup.train(),
            setup.heldOut(),
            setup.rowLimits(),
            false),
        wall);
  }

  /** Waits for its end, a minute at most. */
  static RunSummary await(RunNode node) throws Exception {
    return node.done().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
