package dev.kelpie.cli;

import dev.kelpie.actors.RunNode;
import dev.kelpie.actors.RunSetup;
import dev.kelpie.cli.check.RunInputs;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A run of the small experiment whose parts can be tampered with.
 *
 * @param experiment its file; the run folder is {@code run} beside it
 * @param engine changes the rollout engine
 * @param wall the clock on the wall
 */
record SmallRun(Path experiment, UnaryOperator<RolloutEngine> engine, InstantSource wall) {
  /** A run with nothing changed. */
  static SmallRun of(Path experiment) {
    return new SmallRun(experiment, UnaryOperator.identity(), InstantSource.system());
  }

  /** The same with something that is done before each unit of rollout work. */
  SmallRun before(Consumer<RolloutUnit> work) {
    return new SmallRun(experiment, opened -> new TrippingEngine(opened, work), wall);
  }

  /** The same with another clock on the wall. */
  SmallRun on(InstantSource other) {
    return new SmallRun(experiment, engine, other);
  }

  /** Starts it. */
  RunNode start() throws IOException {
    LoadedExperiment loaded = ExperimentFiles.load(experiment, List.of());
    RunFolder folder = new RunFolder(experiment.resolveSibling("run"));
    Files.createDirectory(folder.root());
    Files.writeString(folder.experimentFile(), loaded.render(Version.commit()));
    RunSetup setup = RunInputs.open(loaded).setup(folder, false);
    return RunNode.start(
        new RunSetup(
            setup.experiment(),
            folder,
            () -> engine.apply(setup.engines().get()),
            setup.trainer(),
            setup.scorer(),
            setup.reward(),
            setup.train(),
            setup.heldOut(),
            setup.rowLimits(),
            setup.notes(),
            false,
            ""),
        wall);
  }

  /** Waits for its end, a minute at most. */
  static RunSummary await(RunNode node) throws Exception {
    return node.done().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
