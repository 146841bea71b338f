package dev.kelpie.wire.http;

import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.tls.NodeTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections to {@link BulkServer}s, with token and certificates. Each is used by one thread, for
 * one request after the other; any thread may close it, which ends a request at once. Encryption is
 * undone on threads of their own.
 */
public final class BulkConnections implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int LARGEST_LIST = 64 << 20;

  private final BulkClient.Options options;
  private @Nullable EventLoopGroup loops;

  /** Connections with these timeouts, token and certificates; starts no threads yet. */
  public BulkConnections(BulkClient.Options options) {
    this.options = options;
  }

  /**
   * Connects to the server of a file.
   *
   * @param url the file's address
   * @throws IOException in one line
   */
  public BulkConnection connect(String url) throws IOException {
    URI address;
    try {
      address = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + url + "' is not an address", e);
    }
    boolean encrypted = "https".equals(address.getScheme());
    if (address.getHost() == null || address.getPort() < 0) {
      throw new IOException("'" + url + "' is not an address of a server");
    } else if (encrypted && options.tls().isEmpty()) {
      throw new IOException("encrypted (expected: certificates by cluster.tls-path)");
    }
    BulkExchange exchange = new BulkExchange();
    ChannelFuture connected =
        new Bootstrap()
            .group(loops())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) options.connectTimeout().toMillis())
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (encrypted) {
                      channel.pipeline().addLast(ssl(address));
                    }
                    channel.pipeline().addLast(new HttpClientCodec(), exchange);
                  }
                })
            .connect(address.getHost(), address.getPort())
            .awaitUninterruptibly();
    if (!connected.isSuccess()) {
      throw new IOException(String.valueOf(connected.cause().getMessage()), connected.cause());
    }
    Channel channel = connected.channel();
    return new BulkConnection(channel, exchange, address, options);
  }

  private SslHandler ssl(URI address) {
    NodeTls tls = options.tls().orElseThrow();
    SslHandler handler = new SslHandler(tls.clientEngine(address.getHost(), address.getPort()));
    handler.setHandshakeTimeoutMillis(options.connectTimeout().toMillis());
    return handler;
  }

  private synchronized EventLoopGroup loops() {
    if (loops == null) {
      loops =
          new MultiThreadIoEventLoopGroup(
              THREADS, new DefaultThreadFactory("kelpie-fetch", true), NioIoHandler.newFactory());
    }
    return loops;
  }

  /**
   * The chunks of the file at {@code url}.
   *
   * @param chunksSha256 hash that their list must have
   * @throws IOException in one line
   */
  public ChunkList chunks(String url, String chunksSha256) throws IOException {
    try (BulkConnection connection = connect(url)) {
      return ChunkList.parse(connection.read(SharedFiles.LIST, LARGEST_LIST), chunksSha256);
    }
  }

  /** Closes all connections and waits until the threads have ended. */
  @Override
  public synchronized void close() {
    if (loops != null) {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
      loops = null;
    }
  }
}
