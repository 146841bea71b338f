package dev.kelpie.cli.train;

import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.LoadedExperiment;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Ports that an experiment asks for, and ports for processes that are about to start. */
public final class Ports {
  /**
   * Below what systems hand out by themselves, to connections and to servers that ask for any: a
   * port that is free now is not given away by chance before its process has bound it.
   */
  private static final int LOWEST = 10_000;

  private static final int HIGHEST = 16_000;
  private static final int MOST_TRIES = 1_000;

  private Ports() {}

  /**
   * Ports of {@code host} that are free now, all different.
   *
   * @throws IOException when there are not so many
   */
  public static List<Integer> free(String host, int count) throws IOException {
    InetAddress address = InetAddress.getByName(host);
    Set<Integer> found = new LinkedHashSet<>();
    for (int i = 0; i < MOST_TRIES && found.size() < count; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket probe = new ServerSocket(port, 1, address)) {
        found.add(probe.getLocalPort());
      } catch (BindException e) {
        // in use
      }
    }
    if (found.size() < count) {
      throw new IOException(
          String.format("no free port on %s between %d and %d", host, LOWEST, HIGHEST));
    }
    return List.copyOf(found);
  }

  /** Throws {@link dev.kelpie.config.ConfigException} for the first that cannot be bound. */
  public static void requireFree(LoadedExperiment loaded) {
    ClusterOptions cluster = loaded.experiment().cluster();
    requireFree(loaded, "cluster.port", cluster.port());
    requireFree(loaded, "cluster.bulk-port", cluster.bulkPort());
  }

  private static void requireFree(LoadedExperiment loaded, String key, int port) {
    String host = loaded.experiment().cluster().host();
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw loaded.error(
          key, port, "a free port, or 0 for any; " + host + ":" + port + ": " + e.getMessage());
    }
  }
}
