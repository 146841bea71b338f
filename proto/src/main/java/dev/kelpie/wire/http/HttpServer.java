package dev.kelpie.wire.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 server with limits: bounded connections, requests of a bounded size that come whole
 * in time and name this server ({@link HostRule}). What it lets in goes to the handlers of its
 * user, as a {@link io.netty.handler.codec.http.FullHttpRequest}.
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int LARGEST_BODY = 8192;
  private static final int BACKLOG = 128;

  private final EventLoopGroup loops;
  private final Channel listener;
  private final Options options;

  private HttpServer(EventLoopGroup loops, Channel listener, Options options) {
    this.loops = loops;
    this.listener = listener;
    this.options = options;
  }

  /**
   * How to serve.
   *
   * @param threadName prefix of the threads' names
   * @param host the name or address by which clients name it
   * @param bound the address to bind
   * @param port 0 takes any free one
   * @param tls makes the engine of a connection; empty: no encryption
   * @param maxConnections a further one closes the one that is idle for longest; where none is idle
   *     it is answered 503
   * @param timeout a connection is closed that does not send a whole request within it, or does not
   *     take any of its answer
   */
  public record Options(
      String threadName,
      int threads,
      String host,
      String bound,
      int port,
      Optional<Supplier<SSLEngine>> tls,
      int maxConnections,
      Duration timeout) {}

  /**
   * Binds and serves until closed.
   *
   * @param handlers makes the handlers of a connection
   * @throws IOException when the address cannot be bound
   */
  public static HttpServer start(Options options, Supplier<List<ChannelHandler>> handlers)
      throws IOException {
    InetAddress address = InetAddress.getByName(options.bound());
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            options.threads(),
            new DefaultThreadFactory(options.threadName(), true),
            NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(new Pipeline(options, handlers))
            .bind(new InetSocketAddress(address, options.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop(loops);
      throw bound.cause() instanceof IOException e ? e : new IOException(bound.cause());
    }
    return new HttpServer(loops, bound.channel(), options);
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    private final Options options;
    private final Supplier<List<ChannelHandler>> handlers;
    private final HostRule hosts;
    private final ConnectionLimit limit;

    Pipeline(Options options, Supplier<List<ChannelHandler>> handlers) {
      this.options = options;
      this.handlers = handlers;
      this.hosts = new HostRule(options.host());
      this.limit = new ConnectionLimit(options.maxConnections());
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      options.tls().ifPresent(engines -> channel.pipeline().addLast(new SslHandler(engines.get())));
      channel
          .pipeline()
          .addLast(
              new IdleStateHandler(true, 0, options.timeout().toMillis(), 0, TimeUnit.MILLISECONDS),
              new HttpServerCodec(),
              new HttpServerKeepAliveHandler(),
              new HttpObjectAggregator(LARGEST_BODY),
              new HttpConnection(options, hosts, limit))
          .addLast(handlers.get().toArray(ChannelHandler[]::new))
          .addLast(new ClosesWhatFails());
    }
  }

  /** Stands last, where the failures of all handlers arrive. */
  private static final class ClosesWhatFails extends ChannelInboundHandlerAdapter {
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits until it is closed
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.debug("connection {} closed: {}", context.channel().remoteAddress(), cause.toString());
      context.close();
    }
  }

  /** The port it listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** {@code http://host:port}, or {@code https}. */
  public String baseUrl() {
    String scheme = options.tls().isPresent() ? "https" : "http";
    return scheme + "://" + new HostRule(options.host()).authority(port());
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
