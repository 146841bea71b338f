package dev.kelpie.cli;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.LoadedExperiment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Whether the ports that an experiment asks for can be had. */
final class Ports {
  private Ports() {}

  /** Throws {@link dev.kelpie.config.ConfigException} for the first that cannot be bound. */
  static void requireFree(LoadedExperiment loaded) {
    Experiment.Cluster cluster = loaded.experiment().cluster();
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
