package dev.kelpie.cli.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A process of a cluster, including its replacements. */
class ClusterMember extends LoggedProcess {
  private final boolean leads;

  /** Creates a worker that is not started. */
  ClusterMember(String name, List<String> command, Path log, ClusterTerminal terminal) {
    this(name, command, log, false, line -> {}, line -> terminal.complaint(name, line));
  }

  /**
   * Creates a member that is not started.
   *
   * @param leads whether it is the learner
   * @param output takes each line of its standard output
   * @param errors takes each line of its standard error
   */
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

  /** Whether it is the learner. */
  final boolean leads() {
    return leads;
  }

  /** Ends what it holds beside its process. */
  void close() {}

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
