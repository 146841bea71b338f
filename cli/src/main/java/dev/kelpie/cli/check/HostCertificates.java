package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.wire.tls.NodeTls;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The certificates that {@code cluster.tls-path} names. */
public final class HostCertificates {
  private HostCertificates() {}

  /**
   * Checks that there are valid certificates of the addresses that an experiment listens on.
   *
   * @throws ConfigException in one line with the file and what was expected
   */
  public static void require(Experiment experiment) {
    require(experiment, experiment.cluster().host());
    if (!experiment.cluster().tlsPath().isEmpty()) {
      page(experiment);
    }
  }

  /**
   * Checks that there are valid certificates of another host of the cluster, if there are any.
   *
   * @throws ConfigException in one line with the file and what was expected
   */
  public static void require(Experiment experiment, String host) {
    if (!experiment.cluster().tlsPath().isEmpty()) {
      try {
        open(experiment, host).secret();
      } catch (IOException e) {
        throw problem(e);
      }
    }
  }

  /**
   * The certificate of the page; empty where the page is for this machine only.
   *
   * @throws ConfigException in one line with the file and what was expected
   */
  public static Optional<NodeTls> page(Experiment experiment) {
    if (experiment.dashboard().local() || !experiment.dashboard().enabled()) {
      return Optional.empty();
    }
    try {
      return Optional.of(open(experiment, experiment.dashboard().host()));
    } catch (IOException e) {
      throw problem(e);
    }
  }

  private static NodeTls open(Experiment experiment, String host) throws IOException {
    NodeTls tls = NodeTls.open(TlsFiles.of(Path.of(experiment.cluster().tlsPath()), host));
    tls.requireName(host);
    return tls;
  }

  private static ConfigException problem(IOException e) {
    return new ConfigException("cluster.tls-path: " + e.getMessage());
  }
}
