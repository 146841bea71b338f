package dev.kelpie.cli.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A process of a cluster, including its replacements. */
class ClusterMember extends LoggedProcess {
  private final boolean leads;

  /** Creates a member that is not started; {@code leads}: its output goes to the terminal. */
  ClusterMember(
      String name, List<String> command, Path log, boolean leads, ClusterTerminal terminal) {
    this(
        name,
        command,
        log,
        leads,
        leads ? terminal::progress : line -> {},
        line -> terminal.complaint(name, line));
  }

  /** The same with other receivers of the lines of its output and errors. */
  ClusterMember(
      String name,
      List<String> command,
      Path log,
      boolean leads,
      Consumer<String> output,
      Consumer<String> errors) {
    super(name, command, log, output, errors);
    this.leads = leads;
  }

  final boolean leads() {
    return leads;
  }

  /** Where it runs, for people: its process id. */
  String place() {
    return String.valueOf(pid());
  }

  /** Whether it is on this machine, so that its exit says how it ended. */
  boolean isHere() {
    return true;
  }

  /** Whether an exit code means that nothing is known of the process any more. */
  boolean isCutOff(int code) {
    return false;
  }
}
