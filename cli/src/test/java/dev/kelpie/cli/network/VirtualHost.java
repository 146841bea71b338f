package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A machine of {@link VirtualHosts}. */
public final class VirtualHost {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final VirtualHosts all;
  private final int number;
  private final String address;

  VirtualHost(VirtualHosts all, int number, String address) {
    this.all = all;
    this.number = number;
    this.address = address;
  }

  /** Its address, by which the other hosts reach it. */
  public String address() {
    return address;
  }

  /** Its disk, as seen from this machine; on the host itself it is {@link VirtualHosts#disk}. */
  public Path disk() {
    return all.base().resolve("h" + number);
  }

  private String namespace() {
    return all.name() + "h" + number;
  }

  /** Its link on the bridge's side, on which {@code tc} and {@code nft} act. */
  public String link() {
    return all.name() + "v" + number;
  }

  String bridge() {
    return all.bridge();
  }

  void layOut() throws Exception {
    Files.createDirectories(disk());
    if (all.diskMib() > 0) {
      String size = "size=" + all.diskMib() + "m";
      VirtualHosts.run("mount", "-t", "tmpfs", "-o", size, "tmpfs", disk().toString());
    }
    VirtualHosts.run("ip", "netns", "add", namespace());
    VirtualHosts.run(
        "ip", "link", "add", link(), "type", "veth", "peer", "name", "eth0", "netns", namespace());
    VirtualHosts.run("ip", "link", "set", link(), "master", all.bridge(), "up");
    VirtualHosts.run("ip", "-n", namespace(), "address", "add", address + "/24", "dev", "eth0");
    VirtualHosts.run("ip", "-n", namespace(), "link", "set", "eth0", "up");
    VirtualHosts.run("ip", "-n", namespace(), "link", "set", "lo", "up");
    Path hostKey = all.base().resolve("host-key-" + number);
    VirtualHosts.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey.toString());
    Files.writeString(
        all.knownHosts(),
        address + " " + Files.readString(Path.of(hostKey + ".pub")),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** Starts its sshd, and waits until it listens. */
  public void startSshd() throws IOException {
    Path config = all.base().resolve("sshd-" + number + ".conf");
    Files.writeString(
        config,
        String.join(
            "\n",
            "ListenAddress " + address + ":22",
            "HostKey " + all.base().resolve("host-key-" + number),
            "AuthorizedKeysFile " + all.key() + ".pub",
            "StrictModes no",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "UseDNS no",
            "PidFile none",
            "MaxStartups 100",
            ""));
    String program = VirtualHosts.find("sshd").orElseThrow().toString();
    Path log = all.base().resolve("sshd-" + number + ".log");
    command(
            List.of(
                "sh",
                "-c",
                // the folder that sshd asks for, on this host alone
                "mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec \"$@\"",
                "sh",
                program,
                "-D",
                "-e",
                "-f",
                config.toString()))
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    await("sshd listens: " + log, () -> Files.readString(log).contains("Server listening"));
  }

  /** A command that runs on the host. */
  public ProcessBuilder command(List<String> words) {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace(), "sh", "-c"));
    command.add("mount --bind \"$0\" \"$1\" && shift && exec \"$@\"");
    command.addAll(List.of(disk().toString(), all.disk().toString()));
    command.addAll(words);
    return new ProcessBuilder(command)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
  }

  /** The processes on the host whose command lines contain all {@code parts}. */
  public List<ProcessHandle> processes(String... parts) throws IOException {
    Process pids = new ProcessBuilder("ip", "netns", "pids", namespace()).start();
    String listed = new String(pids.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<ProcessHandle> found = new ArrayList<>();
    for (String pid : listed.lines().toList()) {
      Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid.strip()));
      String line = commandLine(pid.strip());
      if (process.isPresent() && Stream.of(parts).allMatch(line::contains)) {
        found.add(process.get());
      }
    }
    return found;
  }

  private static String commandLine(String pid) {
    try {
      return Files.readString(Path.of("/proc", pid, "cmdline"), StandardCharsets.ISO_8859_1)
          .replace('\0', ' ');
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  /** Cuts the host off from all others, or heals its link. */
  public void cut(boolean off) throws IOException, InterruptedException {
    VirtualHosts.run("ip", "link", "set", link(), off ? "down" : "up");
  }

  /** Kills all that runs on the host at once, its sshd too, as a loss of power would. */
  public void powerOff() throws IOException {
    for (ProcessHandle process : processes()) {
      process.destroyForcibly();
    }
  }

  /** Something that is awaited. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits until a condition holds. */
  public static void await(String what, Condition condition) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  void close() throws IOException, InterruptedException {
    powerOff();
    await("the processes of " + address + " are gone", () -> processes().isEmpty());
    VirtualHosts.quietly("ip", "netns", "delete", namespace());
    if (all.diskMib() > 0) {
      VirtualHosts.quietly("umount", "--lazy", disk().toString());
    }
  }
}
