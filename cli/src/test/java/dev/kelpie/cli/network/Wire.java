package dev.kelpie.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.LaunchedCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A host's link through {@code wire.py}, which delays, repeats, drops or damages what passes.
 * Closed, it leaves the link as it was.
 */
final class Wire implements AutoCloseable {
  private static final Path SCRIPT = Path.of("src/test/resources/network/wire.py");

  private final VirtualHost host;
  private final Process process;
  private final BufferedReader said;

  private Wire(VirtualHost host, Process process) {
    this.host = host;
    this.process = process;
    this.said = process.inputReader();
  }

  /**
   * Puts a wire into a host's link.
   *
   * @param options of the script, such as {@code --delay 200}
   */
  static Wire into(VirtualHost host, String... options) throws IOException, InterruptedException {
    String outer = host.link() + "x";
    String inner = host.link() + "y";
    VirtualHosts.run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner);
    VirtualHosts.run("ip", "link", "set", inner, "up");
    VirtualHosts.run("ip", "link", "set", host.link(), "nomaster");
    VirtualHosts.run("ip", "link", "set", outer, "master", host.bridge(), "up");
    List<String> command = new ArrayList<>(List.of("python3", SCRIPT.toString()));
    command.addAll(List.of(host.link(), inner));
    command.addAll(List.of(options));
    Wire wire =
        new Wire(
            host,
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    assertThat(wire.said.readLine()).isEqualTo("ready");
    return wire;
  }

  /** Ends it; returns what the script says that it did. */
  String end() throws IOException, InterruptedException {
    LaunchedCluster.signal(
        "TERM", process.pid()); // what destroys a process closes its streams, too
    return said.readLine();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    VirtualHosts.run("ip", "link", "delete", host.link() + "x");
    VirtualHosts.run("ip", "link", "set", host.link(), "master", host.bridge());
  }
}
