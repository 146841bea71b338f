package dev.kelpie.cli.cluster;

import java.nio.file.Path;
import java.util.List;

/** A process of a cluster, including its replacements. */
final class ClusterMember extends LoggedProcess {
  private final boolean leads;

  /** Creates a member that is not started; {@code leads}: its output goes to the terminal. */
  ClusterMember(
      String name, List<String> command, Path log, boolean leads, ClusterTerminal terminal) {
    super(
        name,
        command,
        log,
        leads ? terminal::progress : line -> {},
        line -> terminal.complaint(name, line));
    this.leads = leads;
  }

  boolean leads() {
    return leads;
  }
}
