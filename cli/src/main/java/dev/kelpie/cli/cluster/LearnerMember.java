package dev.kelpie.cli.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The learner of a cluster, whose output goes to the terminal, with the standby that replaces it.
 */
final class LearnerMember extends ClusterMember {
  private static final String STEP = "step ";

  private final Optional<Standby> standby;

  /**
   * Creates a learner that is not started.
   *
   * @param standby takes its place when it dies
   */
  LearnerMember(
      String name,
      List<String> command,
      Path log,
      Optional<Standby> standby,
      ClusterTerminal terminal) {
    super(
        name,
        command,
        log,
        true,
        line -> shown(line, terminal, standby),
        line -> terminal.complaint(name, line));
    this.standby = standby;
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

  @Override
  void close() {
    standby.ifPresent(Standby::close);
  }
}
