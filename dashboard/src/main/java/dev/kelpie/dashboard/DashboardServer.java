package dev.kelpie.dashboard;

import dev.kelpie.wire.http.HttpServer;
import dev.kelpie.wire.tls.NodeTls;
import io.netty.handler.codec.compression.StandardCompressionOptions;
import io.netty.handler.codec.http.HttpContentCompressor;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Serves the page of one or more runs, to this machine only unless it is encrypted. One thread
 * waits for requests; two more exist while there are requests to answer. With no page open nothing
 * is read.
 */
public final class DashboardServer implements AutoCloseable {
  private static final int LEAST_COMPRESSED = 1024;
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

  private final HttpServer server;
  private final ServerParts parts;

  private DashboardServer(HttpServer server, ServerParts parts) {
    this.server = server;
    this.parts = parts;
  }

  /**
   * How to serve.
   *
   * @param host a loopback address, or one that {@code tls} has a certificate of
   * @param port 0 takes any free one
   * @param orAnyFree take any free port where {@code port} is in use
   * @param token opens the page
   * @param requestTimeout a connection is closed that does not send a whole request within it, or
   *     does not take any of its answer
   * @param maxConnections a further one closes the one that is idle for longest; where none is idle
   *     it is answered 503
   * @param maxPages event streams at once
   * @param tls encrypts; empty: no encryption
   */
  public record Options(
      String host,
      int port,
      boolean orAnyFree,
      AccessToken token,
      Duration requestTimeout,
      int maxConnections,
      int maxPages,
      Optional<NodeTls> tls) {
    public Options {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port: " + port + " (expected: in [0, 65535])");
      }
    }

    /** The usual limits. */
    public static Options of(String host, int port, boolean orAnyFree, AccessToken token) {
      return new Options(
          host, port, orAnyFree, token, Duration.ofSeconds(30), 128, 16, Optional.empty());
    }

    /** The same, encrypted with the certificate of the host. */
    public Options with(NodeTls present) {
      return new Options(
          host,
          port,
          orAnyFree,
          token,
          requestTimeout,
          maxConnections,
          maxPages,
          Optional.of(present));
    }
  }

  /**
   * Binds and serves until closed.
   *
   * @throws IOException when the address cannot be bound; its message says why
   * @throws IllegalArgumentException when the address is open to others without encryption
   */
  public static DashboardServer start(Options options, List<ShownRun> runs) throws IOException {
    if (options.tls().isEmpty() && !LOOPBACK.contains(options.host())) {
      throw new IllegalArgumentException(
          "host: " + options.host() + " (expected: a loopback address; the page is not encrypted)");
    }
    ServerParts parts = ServerParts.of(options, runs);
    try {
      return new DashboardServer(bind(options, parts), parts);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static HttpServer bind(Options options, ServerParts parts) throws IOException {
    String key = "dashboard.port: " + options.port();
    try {
      return bind(options, options.port(), parts);
    } catch (BindException e) {
      if (options.orAnyFree()) {
        return bind(options, 0, parts);
      }
      throw new IOException(key + " is in use (expected: a free port, or 0 for any)", e);
    } catch (IOException e) {
      throw new IOException(key + " cannot be bound: " + e.getMessage(), e);
    }
  }

  private static HttpServer bind(Options options, int port, ServerParts parts) throws IOException {
    HttpServer.Options http =
        new HttpServer.Options(
            "kelpie-page",
            1,
            options.host(),
            options.host(),
            port,
            options.tls().map(tls -> tls::openEngine),
            options.maxConnections(),
            options.requestTimeout());
    return HttpServer.start(
        http,
        () ->
            List.of(
                new HttpContentCompressor(LEAST_COMPRESSED, StandardCompressionOptions.gzip()),
                new PageConnection(parts)));
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** The address to open, with the token. */
  public String url() {
    return server.baseUrl() + "/?token=" + parts.options().token().secret();
  }

  /** Closes all connections and waits until the server's threads have ended. */
  @Override
  public void close() {
    parts.close();
    server.close();
  }
}
