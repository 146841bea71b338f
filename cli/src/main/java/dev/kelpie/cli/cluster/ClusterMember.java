package dev.kelpie.cli.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A process of a cluster, including its replacements. */
final class ClusterMember extends LoggedProcess {
  private static final String STEP = "step ";

  private final boolean leads;
  private final Optional<Standby> standby;

  private ClusterMember(
      String name,
      List<String> command,
      Path log,
      Optional<Standby> standby,
      boolean leads,
      ClusterTerminal terminal) {
    super(
        name,
        command,
        log,
        leads ? line -> shown(line, terminal, standby) : line -> {},
        line -> terminal.complaint(name, line));
    this.leads = leads;
    this.standby = standby;
  }

  /** A worker that is not started. */
  static ClusterMember worker(
      String name, List<String> command, Path log, ClusterTerminal terminal) {
    return new ClusterMember(name, command, log, Optional.empty(), false, terminal);
  }

  /**
   * The learner, not started; its output goes to the terminal.
   *
   * @param standby takes its place when it dies
   */
  static ClusterMember learner(
      List<String> command, Path log, Optional<Standby> standby, ClusterTerminal terminal) {
    return new ClusterMember("learner", command, log, standby, true, terminal);
  }

  /** A standby starts when the learner has done a step: it must not slow down the first. */
  private static void shown(String line, ClusterTerminal terminal, Optional<Standby> standby) {
    terminal.progress(line);
    if (line.startsWith(STEP)) {
      standby.ifPresent(Standby::prepare);
    }
  }

  /** Takes the standby where there is one. */
  @Override
  Process launch() throws IOException {
    Optional<Process> ready = standby.flatMap(Standby::take);
    return ready.isPresent() ? ready.get() : super.launch();
  }

  /** Whether this is the learner. */
  boolean leads() {
    return leads;
  }
}
