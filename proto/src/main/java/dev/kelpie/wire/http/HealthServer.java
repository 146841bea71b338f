package dev.kelpie.wire.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Answers the probes of whoever looks after this process, on this machine's loopback address alone:
 * {@code GET /live} with 200 while the process answers at all, {@code GET /ready} with 200 while it
 * takes part in its run and with 503 while it does not.
 */
public final class HealthServer implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final int MOST_CONNECTIONS = 8;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Optional<HttpServer> server;

  private HealthServer(Optional<HttpServer> server) {
    this.server = server;
  }

  /**
   * Binds and answers until closed.
   *
   * @param port 0: answers nobody
   * @throws IOException when the port cannot be bound
   */
  public static HealthServer start(int port, BooleanSupplier ready) throws IOException {
    if (port == 0) {
      return new HealthServer(Optional.empty());
    }
    HttpServer.Options options =
        new HttpServer.Options(
            "kelpie-health", 1, HOST, HOST, port, Optional.empty(), MOST_CONNECTIONS, TIMEOUT);
    try {
      return new HealthServer(
          Optional.of(HttpServer.start(options, () -> List.of(new Probes(ready)))));
    } catch (IOException e) {
      throw new IOException("health port " + port + ": " + e.getMessage(), e);
    }
  }

  private static final class Probes extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final BooleanSupplier ready;

    Probes(BooleanSupplier ready) {
      this.ready = ready;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // who asked is gone, and asks again
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      context.writeAndFlush(answer(new QueryStringDecoder(request.uri()).path()).response());
    }

    private Answer answer(String path) {
      return switch (path) {
        case "/live" -> Answer.text(HttpResponseStatus.OK, "live");
        case "/ready" ->
            ready.getAsBoolean()
                ? Answer.text(HttpResponseStatus.OK, "ready")
                : Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "not in touch with the run");
        default -> Answer.text(HttpResponseStatus.NOT_FOUND, "expected: /live or /ready");
      };
    }
  }

  @Override
  public void close() {
    server.ifPresent(HttpServer::close);
  }
}
