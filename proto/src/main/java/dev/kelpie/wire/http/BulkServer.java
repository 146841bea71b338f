package dev.kelpie.wire.http;

import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.tls.NodeTls;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Serves immutable files over HTTP/1.1: GET and HEAD, single byte ranges, bytes handed from file to
 * socket by the kernel where the connection is not encrypted. Serves nothing that was not offered
 * or shared.
 */
public final class BulkServer implements AutoCloseable {
  private static final int THREADS = 2;

  private final SharedFiles files;
  private final HttpServer server;

  private BulkServer(SharedFiles files, HttpServer server) {
    this.files = files;
    this.server = server;
  }

  /**
   * How to serve.
   *
   * @param host name or address of this server in tickets
   * @param bound address to bind to
   * @param port 0 takes any free one
   * @param token token that clients must present; required when {@code bound} is not loopback
   * @param tls shows a certificate, and lets in only who shows one of the same authority; required
   *     when {@code bound} is not loopback
   * @param maxConnections a further one closes the one that is idle for longest; where none is idle
   *     it is answered 503
   * @param idleTimeout a connection is closed that does not send a whole request within it, or does
   *     not take any of its answer
   */
  public record Options(
      String host,
      String bound,
      int port,
      Optional<BearerToken> token,
      Optional<NodeTls> tls,
      int maxConnections,
      Duration idleTimeout) {
    /** Loopback, any port, no token. */
    public static final Options DEFAULTS =
        new Options(
            "127.0.0.1",
            "127.0.0.1",
            0,
            Optional.empty(),
            Optional.empty(),
            256,
            Duration.ofSeconds(60));

    public Options {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("bulk port: " + port + " (expected: in [0, 65535])");
      }
      if (maxConnections < 1) {
        throw new IllegalArgumentException(
            "bulk connections: " + maxConnections + " (expected: >= 1)");
      }
    }

    /** The same settings on another address. */
    public Options bind(String otherHost, int otherPort) {
      return new Options(otherHost, otherHost, otherPort, token, tls, maxConnections, idleTimeout);
    }

    /** The same settings, bound to another address than the one that tickets name. */
    public Options at(String otherBound) {
      return new Options(host, otherBound, port, token, tls, maxConnections, idleTimeout);
    }

    /** The same settings with a token. */
    public Options withToken(BearerToken required) {
      return new Options(
          host, bound, port, Optional.of(required), tls, maxConnections, idleTimeout);
    }

    /** The same settings with TLS. */
    public Options withTls(NodeTls present) {
      return new Options(
          host, bound, port, token, Optional.of(present), maxConnections, idleTimeout);
    }
  }

  /**
   * Binds and serves until closed.
   *
   * @throws IllegalArgumentException when the address is open to others without TLS and token
   * @throws UncheckedIOException when the address cannot be bound
   */
  public static BulkServer start(Options options) {
    requireSafe(options);
    SharedFiles files = new SharedFiles();
    HttpServer.Options http =
        new HttpServer.Options(
            "kelpie-bulk",
            THREADS,
            options.host(),
            options.bound(),
            options.port(),
            options.tls().map(tls -> tls::serverEngine),
            options.maxConnections(),
            options.idleTimeout());
    try {
      HttpServer server =
          HttpServer.start(
              http, () -> List.of(new ChunkedWriteHandler(), new BulkRequests(files, options)));
      return new BulkServer(files, server);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format(
              Locale.ROOT,
              "cannot serve files on %s:%s: %s",
              options.bound(),
              options.port(),
              e.getMessage()),
          e);
    }
  }

  private static void requireSafe(Options options) {
    InetAddress address;
    try {
      address = InetAddress.getByName(options.bound());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "bulk host: " + options.bound() + " (expected: an address of this machine)", e);
    }
    if (address.isAnyLocalAddress() && options.bound().equals(options.host())) {
      throw new IllegalArgumentException(
          "bulk host: "
              + options.host()
              + " (expected: one address of this machine, because tickets name it)");
    }
    boolean guarded = options.token().isPresent() && options.tls().isPresent();
    if (!address.isLoopbackAddress() && !guarded) {
      throw new IllegalArgumentException(
          "bulk host: "
              + options.bound()
              + " is open to other machines (expected: TLS and a bearer token, or 127.0.0.1)");
    }
  }

  /** {@code http://host:port} of this server. */
  public String baseUrl() {
    return server.baseUrl();
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** Serves the file of {@code ticket} under its hash; returns the ticket with the address. */
  public FileTicket offer(FileTicket ticket) {
    files.add(ticket);
    return ticket.at(baseUrl() + SharedFiles.BY_HASH + ticket.sha256());
  }

  /**
   * Serves a file as far as it is there, and the list of its chunks.
   *
   * @param chunksSha256 hash of that list
   * @return the file's address
   */
  public String offer(String chunksSha256, ChunkedSource source) {
    files.add(chunksSha256, source);
    return baseUrl() + SharedFiles.BY_CHUNKS + chunksSha256;
  }

  /** Stops serving a file by its chunks; transfers in progress continue. */
  public void withdrawChunked(String chunksSha256) {
    files.removeChunked(chunksSha256);
  }

  /** Stops serving the file of that hash; transfers in progress continue. */
  public void withdraw(String sha256) {
    files.remove(sha256);
  }

  /**
   * Serves everything in {@code folder} and below, hidden files left out.
   *
   * @param name letters a-z, digits and hyphens
   * @return the address that relative paths are appended to, ending in a slash
   */
  public String share(String name, Path folder) {
    try {
      files.addFolder(name, folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot share " + folder + ": " + e.getMessage(), e);
    }
    return baseUrl() + SharedFiles.BY_FOLDER + name + "/";
  }

  /** Closes all connections and waits until the server's threads have ended. */
  @Override
  public void close() {
    server.close();
  }
}
