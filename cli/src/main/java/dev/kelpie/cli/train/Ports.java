package dev.kelpie.cli.train;

import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.file.LoadedExperiment;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Finds free ports and checks those that an experiment asks for. */
public final class Ports {
  /** Below the ports that operating systems assign, so that a free one is not taken meanwhile. */
  private static final int LOWEST = 10_000;

  private static final int HIGHEST = 16_000;
  private static final int MOST_TRIES = 1_000;

  private Ports() {}

  /**
   * Returns {@code count} different free ports of {@code host}.
   *
   * @throws IOException when there are not enough
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
          String.format(
              Locale.ROOT, "no free port on %s between %d and %d", host, LOWEST, HIGHEST));
    }
    return List.copyOf(found);
  }

  /**
   * Checks that the ports of an experiment can be bound.
   *
   * @throws dev.kelpie.config.ConfigException for the first that cannot
   */
  public static void requireFree(LoadedExperiment loaded) {
    ClusterOptions cluster = loaded.experiment().cluster();
    requireFree(loaded, "cluster.port", cluster.port());
    requireFree(loaded, "cluster.bulk-port", cluster.bulkPort());
  }

  private static void requireFree(LoadedExperiment loaded, String key, int port) {
    String host = loaded.experiment().cluster().bound();
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw loaded.error(
          key, port, "a free port, or 0 for any; " + host + ":" + port + ": " + e.getMessage());
    }
  }
}
