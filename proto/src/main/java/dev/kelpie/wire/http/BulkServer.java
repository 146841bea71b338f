package dev.kelpie.wire.http;

import dev.kelpie.wire.file.FileTicket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * Serves immutable files over HTTP/1.1: GET and HEAD, single byte ranges, bytes handed from file to
 * socket by the kernel where the connection is not encrypted. Serves nothing that was not offered
 * or shared.
 */
public final class BulkServer implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int MAX_REQUEST_BYTES = 8192;

  private final EventLoopGroup loops;
  private final Channel listener;
  private final SharedFiles files;
  private final String baseUrl;

  private BulkServer(EventLoopGroup loops, Channel listener, SharedFiles files, String baseUrl) {
    this.loops = loops;
    this.listener = listener;
    this.files = files;
    this.baseUrl = baseUrl;
  }

  /**
   * How to serve.
   *
   * @param host address to bind to, also named in tickets
   * @param port 0 takes any free one
   * @param token what clients must present; required when {@code host} is not loopback
   * @param tls certificate and key; required when {@code host} is not loopback
   * @param maxConnections a further one closes the one that is idle for longest; where none is idle
   *     it is answered 503
   * @param idleTimeout a connection on which nothing moves for so long is closed
   */
  public record Options(
      String host,
      int port,
      Optional<BearerToken> token,
      Optional<SSLContext> tls,
      int maxConnections,
      Duration idleTimeout) {
    /** Loopback, any port, no token. */
    public static final Options DEFAULTS =
        new Options(
            "127.0.0.1", 0, Optional.empty(), Optional.empty(), 256, Duration.ofSeconds(60));

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
      return new Options(otherHost, otherPort, token, tls, maxConnections, idleTimeout);
    }

    /** The same settings with a token. */
    public Options withToken(BearerToken required) {
      return new Options(host, port, Optional.of(required), tls, maxConnections, idleTimeout);
    }

    /** The same settings with TLS. */
    public Options withTls(SSLContext context) {
      return new Options(host, port, token, Optional.of(context), maxConnections, idleTimeout);
    }
  }

  /**
   * Binds and serves until closed.
   *
   * @throws IllegalArgumentException when the address is open to others without TLS and token
   * @throws UncheckedIOException when the address cannot be bound
   */
  public static BulkServer start(Options options) {
    InetAddress address = safeAddress(options);
    SharedFiles files = new SharedFiles();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("kelpie-bulk", true), NioIoHandler.newFactory());
    try {
      Channel listener =
          new ServerBootstrap()
              .group(loops)
              .channel(NioServerSocketChannel.class)
              .option(ChannelOption.SO_BACKLOG, 128)
              .childHandler(new Connection(options, files))
              .bind(new InetSocketAddress(address, options.port()))
              .sync()
              .channel();
      int port = ((InetSocketAddress) listener.localAddress()).getPort();
      String scheme = options.tls().isPresent() ? "https" : "http";
      String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
      return new BulkServer(loops, listener, files, scheme + "://" + host + ":" + port);
    } catch (Exception e) {
      stop(loops);
      throw new UncheckedIOException(
          String.format(
              "cannot serve files on %s:%s: %s", options.host(), options.port(), e.getMessage()),
          new IOException(e));
    }
  }

  private static InetAddress safeAddress(Options options) {
    InetAddress address;
    try {
      address = InetAddress.getByName(options.host());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "bulk host: " + options.host() + " (expected: an address of this machine)", e);
    }
    if (address.isAnyLocalAddress()) {
      throw new IllegalArgumentException(
          "bulk host: "
              + options.host()
              + " (expected: one address of this machine, because tickets name it)");
    }
    boolean guarded = options.token().isPresent() && options.tls().isPresent();
    if (!address.isLoopbackAddress() && !guarded) {
      throw new IllegalArgumentException(
          "bulk host: "
              + options.host()
              + " is open to other machines (expected: TLS and a bearer token, or 127.0.0.1)");
    }
    return address;
  }

  /** The handlers of one connection. */
  private static final class Connection extends ChannelInitializer<SocketChannel> {
    private final Options options;
    private final SharedFiles files;
    private final AtomicInteger connections = new AtomicInteger();
    private final IdleConnections idle = new IdleConnections();

    Connection(Options options, SharedFiles files) {
      this.options = options;
      this.files = files;
    }

    // Nothing waits until the evicted connection is closed.
    @SuppressWarnings("FutureReturnValueIgnored")
    @Override
    protected void initChannel(SocketChannel channel) {
      boolean full = connections.incrementAndGet() > options.maxConnections();
      Optional<Channel> leaving = full ? idle.poll() : Optional.empty();
      leaving.ifPresent(Channel::close);
      idle.add(channel);
      channel
          .closeFuture()
          .addListener(
              closed -> {
                connections.decrementAndGet();
                idle.remove(channel);
              });
      options.tls().ifPresent(context -> channel.pipeline().addLast(encrypt(context)));
      channel
          .pipeline()
          .addLast(
              new IdleStateHandler(
                  true, 0, 0, options.idleTimeout().toMillis(), TimeUnit.MILLISECONDS),
              new HttpServerCodec(),
              new HttpServerKeepAliveHandler(),
              new HttpObjectAggregator(MAX_REQUEST_BYTES),
              new ChunkedWriteHandler(),
              new BulkRequests(files, options, idle, full && leaving.isEmpty()));
    }

    private static SslHandler encrypt(SSLContext context) {
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(false);
      return new SslHandler(engine);
    }
  }

  /** {@code http://host:port} of this server. */
  public String baseUrl() {
    return baseUrl;
  }

  /** The port it listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Serves the file of {@code ticket} under its hash; returns the ticket with the address. */
  public FileTicket offer(FileTicket ticket) {
    files.add(ticket);
    return ticket.at(baseUrl + SharedFiles.BY_HASH + ticket.sha256());
  }

  /** Stops serving the file of that hash; transfers under way continue. */
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
    return baseUrl + SharedFiles.BY_FOLDER + name + "/";
  }

  /** Closes all connections and waits until the server's threads have ended. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    stop(loops);
  }

  private static void stop(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
