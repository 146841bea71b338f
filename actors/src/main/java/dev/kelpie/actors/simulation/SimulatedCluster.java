package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A run in virtual time. The coordinator is the real one ({@link
 * dev.kelpie.actors.SimulatedCoordinator}); processes, network, files and the time that work takes
 * are simulated. The same setup gives the same run.
 */
public final class SimulatedCluster {
  private final Setup setup;
  private final VirtualTime time = new VirtualTime();
  private final SimulatedFiles files = new SimulatedFiles();
  private final Broadcast broadcast;
  private final SimulatedLearner learner;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private long incarnations;
  private @Nullable RunSummary summary;

  /**
   * What is simulated.
   *
   * @param need which responses are scored by models
   * @param heldOut prompts of an evaluation; 0: no evaluation
   * @param weightBytes size of a weight file
   */
  public record Setup(
      Experiment experiment,
      ScoringNeed need,
      long heldOut,
      long weightBytes,
      WorkTimes times,
      Network network,
      Watcher watcher) {}

  /** Prompts without content. */
  private record Prompts(long size) implements PromptSource {
    private static final TokenIds TOKEN = TokenIds.of(0);

    @Override
    public Prompt at(long position) {
      return new Prompt("p" + position, "", TOKEN, Optional.empty(), Map.of());
    }
  }

  /** Creates a cluster with the learner's process on the machine {@code learner}. */
  public SimulatedCluster(Setup setup, String learner) {
    this.setup = setup;
    this.broadcast = new Broadcast(time, setup.times());
    this.learner = new SimulatedLearner(this, learner);
  }

  /** Adds a process with workers. */
  public SimulatedNode add(String host, String name, SimulatedNode.Workers workers) {
    SimulatedNode node = new SimulatedNode(this, host, name, workers);
    nodes.add(node);
    return node;
  }

  /** Starts all processes. */
  public void start() {
    learner.start();
    nodes.forEach(SimulatedNode::start);
  }

  /**
   * Lets the run go on.
   *
   * @param seconds when to stop at the latest, since the start of the simulation
   * @return how the run ended; empty when it did not
   */
  public Optional<RunSummary> run(double seconds) {
    while (summary == null && time.seconds() <= seconds && time.next()) {}
    return Optional.ofNullable(summary);
  }

  void ended(RunSummary result) {
    summary = result;
    setup.watcher().ended(result);
  }

  boolean isOver() {
    return summary != null;
  }

  long nextIncarnation() {
    return ++incarnations;
  }

  PublishedWeights weights(long version, String sha256) {
    return SimulatedFiles.weights(version, sha256, setup.weightBytes());
  }

  public VirtualTime time() {
    return time;
  }

  public SimulatedLearner learner() {
    return learner;
  }

  public List<SimulatedNode> nodes() {
    return nodes;
  }

  public SimulatedFiles files() {
    return files;
  }

  Experiment experiment() {
    return setup.experiment();
  }

  ScoringNeed need() {
    return setup.need();
  }

  PromptSource prompts() {
    return new Prompts(1_000_000);
  }

  Optional<PromptSource> heldOut() {
    return setup.heldOut() == 0 ? Optional.empty() : Optional.of(new Prompts(setup.heldOut()));
  }

  /** A folder that does not exist: nothing of a simulation is on disk. */
  RunFolder folder() {
    return new RunFolder(Path.of("/simulated/run"));
  }

  WorkTimes times() {
    return setup.times();
  }

  Network network() {
    return setup.network();
  }

  Watcher watcher() {
    return setup.watcher();
  }

  Broadcast broadcast() {
    return broadcast;
  }
}
