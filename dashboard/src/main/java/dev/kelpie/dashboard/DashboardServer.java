package dev.kelpie.dashboard;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Serves the page of one or more runs, to this machine only. One thread waits for requests; two
 * more exist while there is something to look up. With no page open nothing is looked at.
 */
public final class DashboardServer implements AutoCloseable {
  private static final int LONGEST_LINE = 4096;
  private static final int LONGEST_HEADERS = 8192;
  private static final int LARGEST_BODY = 8192;
  private static final int BACKLOG = 128;
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);

  private final EventLoopGroup loop;
  private final Channel listener;
  private final ServerParts parts;

  private DashboardServer(EventLoopGroup loop, Channel listener, ServerParts parts) {
    this.loop = loop;
    this.listener = listener;
    this.parts = parts;
  }

  /**
   * How to serve.
   *
   * @param host a loopback address
   * @param port 0 takes any free one
   * @param orAnyFree take any free port where {@code port} is in use
   * @param token opens the page
   * @param requestTimeout a connection that has not sent a whole request for so long is closed
   * @param maxConnections further ones are closed
   * @param maxPages event streams at once
   */
  public record Options(
      String host,
      int port,
      boolean orAnyFree,
      AccessToken token,
      Duration requestTimeout,
      int maxConnections,
      int maxPages) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

    public Options {
      if (!LOOPBACK.contains(host)) {
        throw new IllegalArgumentException(
            "host: " + host + " (expected: a loopback address; the page is not encrypted)");
      }
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port: " + port + " (expected: in [0, 65535])");
      }
    }

    /** The usual limits. */
    public static Options of(String host, int port, boolean orAnyFree, AccessToken token) {
      return new Options(host, port, orAnyFree, token, Duration.ofSeconds(30), 128, 16);
    }
  }

  /**
   * Binds and serves until closed.
   *
   * @throws IOException when the address cannot be bound, in words
   */
  public static DashboardServer start(Options options, List<ShownRun> runs) throws IOException {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("kelpie-page", true), NioIoHandler.newFactory());
    ServerParts parts = new ServerParts(options, runs);
    try {
      return new DashboardServer(loop, bind(options, loop, parts), parts);
    } catch (IOException | RuntimeException e) {
      stop(loop);
      parts.close();
      throw e;
    }
  }

  private static Channel bind(Options options, EventLoopGroup loop, ServerParts parts)
      throws IOException {
    InetAddress address = InetAddress.getByName(options.host());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(new Pipeline(parts));
    ChannelFuture bound =
        bootstrap.bind(new InetSocketAddress(address, options.port())).awaitUninterruptibly();
    if (inUse(bound) && options.orAnyFree()) {
      bound = bootstrap.bind(new InetSocketAddress(address, 0)).awaitUninterruptibly();
    }
    if (!bound.isSuccess()) {
      String why =
          inUse(bound)
              ? "is in use (expected: a free port, or 0 for any)"
              : "cannot be bound: " + bound.cause().getMessage();
      throw new IOException("dashboard.port: " + options.port() + " " + why, bound.cause());
    }
    return bound.channel();
  }

  private static boolean inUse(ChannelFuture bound) {
    return bound.cause() instanceof BindException;
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    private final ServerParts parts;

    Pipeline(ServerParts parts) {
      this.parts = parts;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      HttpDecoderConfig limits =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(LONGEST_LINE)
              .setMaxHeaderSize(LONGEST_HEADERS)
              .setMaxChunkSize(LARGEST_BODY);
      channel
          .pipeline()
          .addLast(
              new WriteTimeoutHandler(WRITE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS),
              new HttpServerCodec(limits),
              new HttpServerKeepAliveHandler(),
              new HttpObjectAggregator(LARGEST_BODY),
              new PageConnection(parts));
    }
  }

  /** The port it listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** The address to open, with the token. */
  public String url() {
    String host = parts.options().host();
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return "http://" + shown + ":" + port() + "/?token=" + parts.options().token().secret();
  }

  /** Closes all connections and waits until the server's threads have ended. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    parts.close();
    stop(loop);
  }

  private static void stop(EventLoopGroup loop) {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
