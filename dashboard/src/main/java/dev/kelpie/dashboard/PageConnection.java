package dev.kelpie.dashboard;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection, one at a time. A connection that does not send its next
 * whole request in time is closed, whether it sends nothing or a byte now and then.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class PageConnection extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(PageConnection.class);
  private static final String STREAM = "/api/stream";

  private final ServerParts parts;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean busy;

  PageConnection(ServerParts parts) {
    this.parts = parts;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    parts.connections().add(context.channel());
    expectRequest(context);
    context.fireChannelActive();
  }

  private void expectRequest(ChannelHandlerContext context) {
    deadline =
        context
            .executor()
            .schedule(
                (Runnable) context::close,
                parts.options().requestTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    endDeadline();
    context.fireChannelInactive();
  }

  private void endDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    endDeadline();
    if (busy) {
      context.close();
      return;
    }
    busy = true;
    if (!request.decoderResult().isSuccess()) {
      HttpUtil.setKeepAlive(request, false);
      finish(context, request, malformed(request.decoderResult().cause()));
      return;
    }
    try {
      Optional<Answer> stopped = parts.gate().stop(request, port(context));
      if (stopped.isPresent()) {
        finish(context, request, stopped.get());
        return;
      }
      parts.connections().spoke(context.channel());
      serve(context, request);
    } catch (IllegalArgumentException e) {
      finish(context, request, Answer.badRequest("malformed address"));
    }
  }

  private static int port(ChannelHandlerContext context) {
    return ((InetSocketAddress) context.channel().localAddress()).getPort();
  }

  private static Answer malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Answer.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the address is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      return Answer.text(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }
    return Answer.badRequest("malformed request");
  }

  private void serve(ChannelHandlerContext context, FullHttpRequest request) {
    PageRequest asked = asked(request);
    if (asked.path().equals(STREAM) && request.method().equals(HttpMethod.GET)) {
      stream(context, request, asked);
      return;
    }
    Reply reply = Reply.to(request);
    try {
      parts
          .work()
          .execute(
              () -> {
                Answer answer = parts.routes().answer(asked);
                FullHttpResponse response = reply.response(answer);
                context.executor().execute(() -> send(context, response));
              });
    } catch (RejectedExecutionException e) {
      finish(context, request, Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too busy"));
    }
  }

  private static PageRequest asked(FullHttpRequest request) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    return new PageRequest(
        request.method().equals(HttpMethod.POST),
        uri.path(),
        uri.parameters(),
        request.headers().get(HttpHeaderNames.IF_NONE_MATCH, ""),
        request.headers().get("Last-Event-ID", ""));
  }

  private void stream(ChannelHandlerContext context, FullHttpRequest request, PageRequest asked) {
    if (parts.streams().size() >= parts.options().maxPages()) {
      finish(
          context, request, Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many pages"));
      return;
    }
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    Reply.secure(head);
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

  private void finish(ChannelHandlerContext context, FullHttpRequest request, Answer answer) {
    FullHttpResponse response = Reply.to(request).response(answer);
    if (HttpUtil.isKeepAlive(request)) {
      send(context, response);
    } else {
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void send(ChannelHandlerContext context, FullHttpResponse response) {
    context
        .writeAndFlush(response)
        .addListener(
            sent -> {
              busy = false;
              if (sent.isSuccess()) {
                expectRequest(context);
              } else {
                context.close();
              }
            });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection {} closed: {}", context.channel().remoteAddress(), cause.toString());
    context.close();
  }
}
