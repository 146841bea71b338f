package dev.kelpie.cli.cluster;

import dev.kelpie.cli.cluster.ssh.HostedRun;
import dev.kelpie.cli.cluster.ssh.SshHost;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/**
 * A process of a cluster on another machine: here it is ssh, whose output and exit code are those
 * of the process. A connection that breaks ends ssh, but not the process, which the next start of
 * the same name replaces.
 */
final class RemoteMember extends ClusterMember {
  /** The shell's code for a program that is not there. */
  private static final int NOT_FOUND = 127;

  private final HostedRun run;
  private final Link link;
  private final AtomicBoolean restoring = new AtomicBoolean();

  private RemoteMember(String name, HostedRun run, List<String> command, Path log, Link link) {
    super(name, KelpieProcess.shielded(command), log, false, link::heard, link::complaint);
    this.run = run;
    this.link = link;
  }

  /** A member that is not started; {@code arguments} are those of Kelpie. */
  static RemoteMember of(
      String name, HostedRun run, List<String> arguments, Path log, ClusterTerminal terminal) {
    List<String> command = run.command(name, KelpieProcess.LOGGED_QUICK_START, arguments);
    return new RemoteMember(name, run, command, log, new Link(name + "@" + run.host(), terminal));
  }

  /** What is known of the connection, from what ssh and the process say. */
  private static final class Link {
    private static final Pattern OF_SSH =
        Pattern.compile(
            "(ssh|kex_exchange_identification|ssh_exchange_identification|client_loop|banner"
                + " exchange|Timeout, server|Connection (to|closed|reset)|Shared"
                + " connection|.*cluster-host\\.sh).*");

    private final String process;
    private final ClusterTerminal terminal;
    private String reason = "the connection is closed";
    private boolean broken;

    Link(String process, ClusterTerminal terminal) {
      this.process = process;
      this.terminal = terminal;
    }

    synchronized void heard(String line) {
      if (broken) {
        broken = false;
        terminal.say(process + ": connected again");
      }
    }

    void complaint(String line) {
      if (OF_SSH.matcher(line).matches()) {
        broken(line.strip());
      } else {
        heard(line);
        terminal.complaint(process, line);
      }
    }

    private synchronized void broken(String why) {
      reason = why;
    }

    synchronized void lost(String what) {
      if (!broken) {
        broken = true;
        terminal.say(process + ": " + what + "; trying again every 5 s");
      }
    }

    void note(String text) {
      terminal.say(process + ": " + text);
    }

    synchronized String reason() {
      return "no connection: " + reason;
    }
  }

  @Override
  String place() {
    return run.host();
  }

  @Override
  boolean isHere() {
    return false;
  }

  @Override
  boolean isCutOff(int code) {
    if (code == SshHost.NO_CONNECTION) {
      link.lost(link.reason());
    } else if (code == NOT_FOUND) {
      link.lost("its files there are gone, and are copied again");
      restore();
    }
    return code == SshHost.NO_CONNECTION || code == NOT_FOUND;
  }

  private void restore() {
    if (restoring.compareAndSet(false, true)) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  run.restore();
                } catch (IOException | RuntimeException e) {
                  link.note("cannot copy its files: " + e.getMessage());
                } finally {
                  restoring.set(false);
                }
              },
              "kelpie-restores-" + run.host());
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Asks the process there; ssh ends with it. */
  @Override
  public void ask() {
    run.signal(name(), "TERM");
  }

  /** Kills the process there, and ssh, which may have no connection. */
  @Override
  public void kill() {
    run.signal(name(), "KILL");
    super.kill();
  }
}
