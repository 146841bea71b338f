package dev.kelpie.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Hosts on this machine, each a network namespace with one link to a common bridge, in both
 * directions held to a rate ({@code tc tbf}). Needs root and the commands ip and tc; closing
 * removes everything.
 */
final class NetworkLab implements AutoCloseable {
  private static final int BITS_PER_MB = 8_000_000;

  private final String prefix = "kb" + ProcessHandle.current().pid();
  private final List<String> namespaces = new ArrayList<>();
  private final Thread cleaner = new Thread(this::deleteAll, "kelpie-lab");

  /**
   * Makes hosts 10.77.0.1 and following.
   *
   * @param megabytesPerSecond of each link and direction
   * @throws IOException in one line with the command that failed
   */
  static NetworkLab open(int hosts, int megabytesPerSecond)
      throws IOException, InterruptedException {
    NetworkLab lab = new NetworkLab();
    Runtime.getRuntime().addShutdownHook(lab.cleaner);
    try {
      String hub = lab.namespace("hub");
      run("ip", "-n", hub, "link", "add", "br0", "type", "bridge");
      run("ip", "-n", hub, "link", "set", "br0", "up");
      for (int i = 1; i <= hosts; i++) {
        lab.addHost(hub, i, megabytesPerSecond);
      }
      return lab;
    } catch (IOException | InterruptedException e) {
      lab.close();
      throw e;
    }
  }

  private String namespace(String name) throws IOException, InterruptedException {
    String namespace = prefix + "-" + name;
    run("ip", "netns", "add", namespace);
    namespaces.add(namespace);
    return namespace;
  }

  private void addHost(String hub, int number, int megabytesPerSecond)
      throws IOException, InterruptedException {
    String host = namespace(String.valueOf(number));
    String port = "p" + number;
    run("ip", "-n", hub, "link", "add", port, "type", "veth", "peer", "eth0", "netns", host);
    run("ip", "-n", hub, "link", "set", port, "master", "br0", "up");
    run("ip", "-n", host, "addr", "add", address(number) + "/24", "dev", "eth0");
    run("ip", "-n", host, "link", "set", "eth0", "up");
    run("ip", "-n", host, "link", "set", "lo", "up");
    hold(host, "eth0", megabytesPerSecond);
    hold(hub, port, megabytesPerSecond);
  }

  private static void hold(String namespace, String device, int megabytesPerSecond)
      throws IOException, InterruptedException {
    String rate = String.valueOf((long) megabytesPerSecond * BITS_PER_MB);
    run(
        List.of(
            ("tc -n " + namespace + " qdisc add dev " + device + " root tbf rate " + rate)
                .concat(" burst 256kb latency 20ms")
                .split(" ", -1)));
  }

  static String address(int number) {
    return String.format(Locale.ROOT, "10.77.0.%d", number);
  }

  /** The command that runs {@code command} on a host. */
  List<String> on(int number, List<String> command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", prefix + "-" + number));
    all.addAll(command);
    return all;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    run(List.of(command));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said);
    }
  }

  @Override
  public void close() {
    deleteAll();
    try {
      Runtime.getRuntime().removeShutdownHook(cleaner);
    } catch (IllegalStateException e) {
      // this process is ending
    }
  }

  private synchronized void deleteAll() {
    for (String namespace : namespaces) {
      try {
        run("ip", "netns", "del", namespace);
      } catch (IOException e) {
        System.err.println(e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    namespaces.clear();
  }
}
