package dev.kelpie.actors;

import akka.actor.testkit.typed.javadsl.TestInbox;
import dev.kelpie.actors.work.FileExchange;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * The surroundings of a worker under test: inboxes in place of other actors, toy weights and
 * responses in a run folder, and a queue in place of background threads, whose tasks the test runs.
 */
final class ToyWork implements AutoCloseable {
  static final String NODE = "host:1";

  final TestInbox<Coordinator.Command> coordinator = TestInbox.create("coordinator");
  final TestInbox<HeartbeatSender.Command> heartbeats = TestInbox.create("heartbeats");
  final Queue<Runnable> background = new ArrayDeque<>();
  final RunFolder folder;
  final FileExchange files;

  ToyWork(Path root) {
    this.folder = new RunFolder(root);
    try {
      Files.createDirectories(folder.weights());
      Files.createDirectories(folder.rollouts().resolve("units"));
      Files.createDirectories(folder.checkpoints());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.files = FileExchange.start(Experiment.DEFAULTS.cluster(), folder);
  }

  WorkerSetup worker(String name, Role role) {
    return new WorkerSetup(
        name, NODE, role, coordinator.getRef(), heartbeats.getRef(), background::add);
  }

  /** Runs the next background task; false when there is none. */
  boolean runBackground() {
    Runnable task = background.poll();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  PublishedWeights weights(long version) {
    WeightFile file =
        WeightsArrow.write(
            folder.weights().resolve("v" + version + ".arrow"),
            new ToyWeights(new PolicyVersion(version), 42 + version));
    return PublishedWeights.of(file, file.ticket());
  }

  /** The first unit of step 1: one prompt with two samples, at version 0. */
  static RolloutUnit unit() {
    return unit(0);
  }

  static RolloutUnit unit(int attempt) {
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, attempt),
        0,
        List.of(new Prompt("p", "prompt", TokenIds.of(7), Optional.of("a"), Map.of())),
        2,
        new Sampling(1, 0, 1, 0, 8, false),
        TokenIds.empty(),
        11,
        new PolicyVersion(0));
  }

  /** A file with the two responses of {@link #unit}. */
  FileTicket responses() {
    Path target = folder.rollouts().resolve("units").resolve(unit().id() + ".arrow");
    return TrajectoryArrow.write(target, trajectories()).ticket("");
  }

  /** A ticket of a file that is not there. */
  FileTicket goneFile() {
    return new FileTicket(folder.root().resolve("gone.arrow").toString(), "", 10, "0".repeat(64));
  }

  static List<Trajectory> trajectories() {
    ToyEngine engine = new ToyEngine(Duration.ZERO);
    engine.load(new ToyWeights(new PolicyVersion(0), 42));
    return engine.generate(unit(), (finished, rows, tokens) -> {});
  }

  /** The activities that the worker has reported since the last call, in order. */
  List<String> activities() {
    return heartbeats.getAllReceived().stream()
        .map(report -> ((HeartbeatSender.Report) report).state().doing())
        .toList();
  }

  @Override
  public void close() {
    files.close();
  }
}
