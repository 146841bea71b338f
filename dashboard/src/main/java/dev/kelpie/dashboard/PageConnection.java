package dev.kelpie.dashboard;

import dev.kelpie.wire.http.Answer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/** Answers the requests of one connection. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class PageConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String STREAM = "/api/stream";

  private final ServerParts parts;

  PageConnection(ServerParts parts) {
    this.parts = parts;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    int port = ((InetSocketAddress) context.channel().localAddress()).getPort();
    try {
      Optional<Answer> stopped = parts.gate().stop(request, port);
      if (stopped.isPresent()) {
        send(context, stopped.get());
      } else {
        serve(context, request);
      }
    } catch (IllegalArgumentException e) {
      send(context, Answer.text(HttpResponseStatus.BAD_REQUEST, "malformed address"));
    }
  }

  private static void send(ChannelHandlerContext context, Answer answer) {
    context.writeAndFlush(answer.response());
  }

  private void serve(ChannelHandlerContext context, FullHttpRequest request) {
    PageRequest asked = asked(request);
    if (asked.path().equals(STREAM) && request.method().equals(HttpMethod.GET)) {
      stream(context, asked);
      return;
    }
    try {
      parts.work().execute(() -> send(context, parts.routes().answer(asked)));
    } catch (RejectedExecutionException e) {
      send(context, Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too busy"));
    }
  }

  private static PageRequest asked(FullHttpRequest request) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    return new PageRequest(
        request.method().equals(HttpMethod.POST),
        uri.path(),
        uri.parameters(),
        request.headers().get(HttpHeaderNames.IF_NONE_MATCH, ""),
        request.headers().get("Last-Event-ID", ""),
        request.content().toString(StandardCharsets.UTF_8));
  }

  private void stream(ChannelHandlerContext context, PageRequest asked) {
    if (parts.streams().size() >= parts.options().maxPages()) {
      send(context, Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many pages"));
      return;
    }
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    Answer.secure(head);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    String from = asked.lastEventId().isEmpty() ? asked.parameter("cursor") : asked.lastEventId();
    LiveFeed feed = new LiveFeed(parts.runs(), Cursor.parse(from, parts.runs().size()));
    EventStream stream = EventStream.open(context, head, feed, parts.work());
    parts.streams().add(stream);
    context.channel().closeFuture().addListener(closed -> parts.streams().remove(stream));
  }
}
