package dev.kelpie.actors.tls;

import dev.kelpie.wire.tls.NodeTls;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Opens the certificates that {@code cluster.tls-path} names. */
public final class HostTls {
  private HostTls() {}

  /**
   * Those of a host.
   *
   * @throws UncheckedIOException in one line with the file and what was expected
   */
  public static NodeTls open(String folder, String host) {
    try {
      return NodeTls.open(TlsFiles.of(Path.of(folder), host));
    } catch (IOException e) {
      throw new UncheckedIOException("cluster.tls-path: " + e.getMessage(), e);
    }
  }
}
