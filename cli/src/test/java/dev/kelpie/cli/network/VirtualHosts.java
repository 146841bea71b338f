package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Machines of a test: network namespaces, each with a link into one bridge, a disk of its own, and
 * a real sshd. They see each other and nothing else. What {@link #close} leaves is nothing: their
 * processes are killed, and links, namespaces and files are deleted.
 *
 * <p>A host's disk is at the same path {@link #disk} on each of them and holds what that host has
 * written there. All other files are those of this machine.
 */
public final class VirtualHosts implements AutoCloseable {
  private static final List<String> TOOLS = List.of("ip", "mount", "ssh", "ssh-keygen");
  private static final List<String> FOLDERS =
      List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin");

  private static final AtomicInteger MADE = new AtomicInteger();

  private final String name;
  private final Path base;
  private final int diskMib;
  private final List<VirtualHost> hosts = new ArrayList<>();

  private VirtualHosts(String name, Path base, int disk) {
    this.name = name;
    this.base = base;
    this.diskMib = disk;
  }

  /**
   * Starts {@code count} hosts with their sshd. Without root the test is skipped; without a tool it
   * is skipped, too, unless {@code -Dkelpie.network=required} says that all are there.
   *
   * @param tools that the test needs beside those of the hosts themselves, such as {@code tc}
   */
  public static VirtualHosts start(int count, String... tools) throws Exception {
    return start(count, 0, tools);
  }

  /**
   * The same with disks of a size.
   *
   * @param disk MiB that each holds, in memory; 0: as much as this machine
   */
  static VirtualHosts start(int count, int disk, String... tools) throws Exception {
    if (!"root".equals(System.getProperty("user.name"))) {
      abort("network namespaces need root");
    }
    requireTools(tools);
    Path base = Files.createTempDirectory("kelpie-hosts-");
    int number = MADE.getAndIncrement();
    long pid = ProcessHandle.current().pid();
    VirtualHosts all = new VirtualHosts("kp" + pid % 100_000 + "n" + number, base, disk);
    try {
      all.layOut(count, subnet(pid, number));
      return all;
    } catch (Exception | Error e) {
      all.close();
      throw e;
    }
  }

  private static void requireTools(String... more) {
    Stream<String> needed = Stream.concat(TOOLS.stream(), Stream.of(more));
    List<String> missing =
        Stream.concat(needed, Stream.of("sshd")).filter(tool -> find(tool).isEmpty()).toList();
    if (!missing.isEmpty()) {
      String word = "hosts of their own need " + String.join(", ", missing);
      if ("required".equals(System.getProperty("kelpie.network"))) {
        fail(word);
      }
      abort(word);
    }
  }

  static Optional<Path> find(String tool) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Its first three numbers; tests that run at the same time have others. */
  private static String subnet(long pid, int number) {
    long place = Math.floorMod(pid * 31 + number, 100 * 250L);
    return String.format(Locale.ROOT, "10.%d.%d", 130 + place / 250, place % 250);
  }

  private void layOut(int count, String subnet) throws Exception {
    Files.createDirectories(disk());
    if (!quietly("ip", "link", "add", bridge(), "type", "bridge")) {
      abort("network namespaces are not allowed here");
    }
    run("ip", "link", "set", bridge(), "up");
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key().toString());
    for (int i = 1; i <= count; i++) {
      VirtualHost host = new VirtualHost(this, i, subnet + "." + i);
      hosts.add(host);
      host.layOut();
    }
    for (VirtualHost host : hosts) {
      host.startSshd();
    }
  }

  String name() {
    return name;
  }

  String bridge() {
    return name + "b";
  }

  int diskMib() {
    return diskMib;
  }

  /** Folder of everything that the hosts have. */
  Path base() {
    return base;
  }

  /** The private key that all hosts let in as root. */
  public Path key() {
    return base.resolve("key");
  }

  /** The host keys of all hosts. */
  public Path knownHosts() {
    return base.resolve("known_hosts");
  }

  /** Where each host has a disk of its own. */
  public Path disk() {
    return base.resolve("disk");
  }

  /** Host {@code number}, from 1. */
  public VirtualHost host(int number) {
    return hosts.get(number - 1);
  }

  /** All hosts in order. */
  public List<VirtualHost> all() {
    return List.copyOf(hosts);
  }

  /** Arguments by which OpenSSH's client reaches the hosts, and nothing of its user's own. */
  public List<String> sshOptions() {
    return List.of(
        "-F",
        "none",
        "-i",
        key().toString(),
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "UserKnownHostsFile=" + knownHosts());
  }

  static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + said).isZero();
  }

  static boolean quietly(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return false;
    }
    return process.exitValue() == 0;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (VirtualHost host : hosts) {
      host.close();
    }
    quietly("ip", "link", "delete", bridge());
    FileTree.delete(base);
  }
}
