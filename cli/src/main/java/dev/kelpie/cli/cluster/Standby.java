package dev.kelpie.cli.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A started learner that waits until it is told to take the place of one that died. One process at
 * a time; after it was taken, the next is started on request. A standby that was killed, or is not
 * ready yet, costs nothing but the time it would have saved.
 */
final class Standby implements AutoCloseable {
  /** Option of a learner that waits for a line on standard input. */
  private static final String OPTION = "--standby";

  private final List<String> command;
  private final ClusterTerminal terminal;
  private @Nullable Process process;
  private boolean closed;

  private Standby(List<String> command, ClusterTerminal terminal) {
    this.command = command;
    this.terminal = terminal;
  }

  /** A standby, not started, of the learner that is started with {@code arguments} of Kelpie. */
  static Standby of(List<String> arguments, ClusterTerminal terminal) {
    List<String> waiting = new ArrayList<>(arguments);
    waiting.add(OPTION);
    return new Standby(KelpieProcess.command(KelpieProcess.LOGGED, waiting), terminal);
  }

  /** Starts the process unless there is one. */
  synchronized void prepare() {
    if (closed || (process != null && process.isAlive())) {
      return;
    }
    try {
      process = new ProcessBuilder(command).start();
      terminal.say("standby learner (" + process.pid() + ")");
    } catch (IOException e) {
      terminal.say("warning: no standby learner: " + e.getMessage());
    }
  }

  /** The process, told to begin, if there is one that lives. */
  synchronized Optional<Process> take() {
    Process waiting = process;
    process = null;
    if (closed || waiting == null || !waiting.isAlive()) {
      return Optional.empty();
    }
    try {
      OutputStream input = waiting.getOutputStream();
      input.write('\n');
      input.flush(); // stays open: its end would tell the process that its launcher is gone
      return Optional.of(waiting);
    } catch (IOException e) {
      waiting.destroyForcibly();
      return Optional.empty();
    }
  }

  /** Kills the process that waits; it holds nothing that could be lost. */
  @Override
  public synchronized void close() {
    closed = true;
    if (process != null) {
      process.destroyForcibly();
      process = null;
    }
  }
}
