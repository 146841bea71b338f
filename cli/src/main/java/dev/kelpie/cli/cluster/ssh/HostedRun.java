package dev.kelpie.cli.cluster.ssh;

import dev.kelpie.cli.pack.Build;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run on another machine: starts, ends and forgets its processes there. */
public final class HostedRun {
  private final ReadyHost host;
  private final String script;
  private final String folder;
  private final List<Path> sent;
  private final Provision provision;

  /** Brings a machine what it needs of a run. */
  @FunctionalInterface
  interface Provision {
    void bring() throws IOException;
  }

  /** {@code sent}: the files of this machine that were brought there. */
  HostedRun(ReadyHost host, String build, String run, List<Path> sent, Provision provision) {
    this.host = host;
    this.sent = List.copyOf(sent);
    this.provision = provision;
    this.script = host.buildFolder(build) + "/" + Build.HOST_SCRIPT;
    this.folder = host.runFolder(run);
  }

  /** The certificates of this machine that were copied there. */
  List<Path> sent() {
    return sent;
  }

  /**
   * Brings everything there again.
   *
   * @throws IOException when there is no connection, or no room
   */
  public void restore() throws IOException {
    provision.bring();
  }

  /** The address of the machine. */
  public String host() {
    return host.ssh().options().host();
  }

  /** The folder of the run there. */
  public String folder() {
    return folder;
  }

  /**
   * The ssh command that runs a process there, whose standard input is that of ssh.
   *
   * @param flags of its JVM
   * @param arguments of Kelpie
   */
  public List<String> command(String name, List<String> flags, List<String> arguments) {
    List<String> words = new ArrayList<>();
    if (!host.ssh().options().javaHome().isEmpty()) {
      words.addAll(List.of("env", "JAVA_HOME=" + host.ssh().options().javaHome()));
    }
    words.addAll(List.of(script, "run", folder, name));
    flags.forEach(flag -> words.add("-J" + flag));
    host.ssh().options().jvmOptions().forEach(flag -> words.add("-J" + flag));
    words.addAll(arguments);
    return host.ssh().command(words);
  }

  /** Sends a signal to a process, without waiting for its end. */
  public void signal(String name, String signal) {
    host.ssh().begin(List.of(script, "end", folder, signal, name));
  }

  /**
   * Kills whatever is left of the run there and deletes its folder.
   *
   * @throws SshFailure when there is no connection
   */
  public void forget() throws IOException {
    host.ssh().run("exec \"$1\" forget \"$2\"", SshHost.Input.NONE, script, folder);
  }
}
