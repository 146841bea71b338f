package dev.kelpie.wire.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Guards one connection: passes on whole requests that name this server, one at a time, and answers
 * the others. A connection that does not send its next whole request in time is closed, whether it
 * sends nothing or a byte now and then; so is one that stops reading its answer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class HttpConnection extends ChannelDuplexHandler {
  private static final Set<HttpResponseStatus> REFUSALS =
      Set.of(HttpResponseStatus.UNAUTHORIZED, HttpResponseStatus.FORBIDDEN);

  private final HttpServer.Options options;
  private final HostRule hosts;
  private final ConnectionLimit limit;
  private @Nullable ScheduledFuture<?> deadline;
  private boolean admitted;
  private boolean busy;
  private boolean refused;

  HttpConnection(HttpServer.Options options, HostRule hosts, ConnectionLimit limit) {
    this.options = options;
    this.hosts = hosts;
    this.limit = limit;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    admitted = limit.open(context.channel());
    expectRequest(context);
    context.fireChannelActive();
  }

  private void expectRequest(ChannelHandlerContext context) {
    deadline =
        context
            .executor()
            .schedule(
                (Runnable) context::close, options.timeout().toMillis(), TimeUnit.MILLISECONDS);
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
  public void channelRead(ChannelHandlerContext context, Object message) {
    FullHttpRequest request = (FullHttpRequest) message;
    if (busy) {
      request.release();
      context.close();
      return;
    }
    endDeadline();
    busy = true;
    limit.busy(context.channel());
    Optional<FullHttpResponse> refusal = refusal(context, request);
    if (refusal.isPresent()) {
      request.release();
      write(context, refusal.get(), context.newPromise());
      context.flush();
    } else {
      context.fireChannelRead(request);
    }
  }

  private Optional<FullHttpResponse> refusal(
      ChannelHandlerContext context, FullHttpRequest request) {
    int port = ((InetSocketAddress) context.channel().localAddress()).getPort();
    if (!admitted) {
      return Optional.of(
          last(Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many connections")));
    } else if (!request.decoderResult().isSuccess()) {
      return Optional.of(last(malformed(request.decoderResult().cause())));
    } else if (!hosts.accepts(request.headers(), port)) {
      String reason = "Host is not this server (expected: " + hosts.authority(port) + ")";
      return Optional.of(Answer.text(HttpResponseStatus.FORBIDDEN, reason).response());
    }
    return Optional.empty();
  }

  /** The answer after which the connection is closed. */
  private static FullHttpResponse last(Answer answer) {
    FullHttpResponse response = answer.response();
    HttpUtil.setKeepAlive(response, false);
    return response;
  }

  private static Answer malformed(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Answer.text(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the address is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      return Answer.text(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }
    return Answer.text(HttpResponseStatus.BAD_REQUEST, "malformed request");
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      refused = REFUSALS.contains(response.status());
    }
    if (message instanceof LastHttpContent) {
      promise.addListener(sent -> answered(context, sent.isSuccess()));
    }
    context.write(message, promise);
  }

  private void answered(ChannelHandlerContext context, boolean sent) {
    busy = false;
    if (sent && context.channel().isActive()) {
      limit.idle(context.channel(), refused);
      expectRequest(context);
    } else {
      context.close();
    }
  }

  /** Nothing was written for a while: closes if there is something to write. */
  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    ChannelOutboundBuffer unsent = context.channel().unsafe().outboundBuffer();
    if (event instanceof IdleStateEvent && unsent != null && !unsent.isEmpty()) {
      context.close();
    } else {
      context.fireUserEventTriggered(event);
    }
  }
}
