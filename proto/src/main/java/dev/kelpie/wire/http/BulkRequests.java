package dev.kelpie.wire.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one connection, one at a time. */
// A write that fails fails all later ones too, so only the last of an answer is looked at.
@SuppressWarnings("FutureReturnValueIgnored")
final class BulkRequests extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(BulkRequests.class);
  private static final int TLS_CHUNK_BYTES = 1 << 16;

  private final SharedFiles files;
  private final BulkServer.Options options;
  private final IdleConnections idle;
  private final boolean tooMany;

  BulkRequests(
      SharedFiles files, BulkServer.Options options, IdleConnections idle, boolean tooMany) {
    this.files = files;
    this.options = options;
    this.idle = idle;
    this.tooMany = tooMany;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request)
      throws IOException {
    idle.remove(context.channel());
    if (tooMany) {
      refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE, "too many connections")
          .addListener(ChannelFutureListener.CLOSE);
    } else if (!request.decoderResult().isSuccess()) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "malformed request")
          .addListener(ChannelFutureListener.CLOSE);
    } else if (!isForHere(request)) {
      refuse(
          context, HttpResponseStatus.FORBIDDEN, "wrong Host (expected: " + options.host() + ")");
    } else if (!authorized(request)) {
      refuse(context, HttpResponseStatus.UNAUTHORIZED, "a bearer token is needed");
    } else if (!isGet(request) && !request.method().equals(HttpMethod.HEAD)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
    } else {
      find(context, request);
    }
  }

  /**
   * Whether the Host header names this server; a browser that was led here under another name sends
   * that.
   */
  private boolean isForHere(FullHttpRequest request) {
    String name = request.headers().get(HttpHeaderNames.HOST, "").replaceFirst(":\\d+$", "");
    return List.of(options.host(), "[" + options.host() + "]", "localhost").contains(name);
  }

  private boolean authorized(FullHttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    return options.token().map(required -> required.matches(header)).orElse(true);
  }

  private void find(ChannelHandlerContext context, FullHttpRequest request) throws IOException {
    Optional<SharedFiles.Found> found;
    try {
      found = files.find(new QueryStringDecoder(request.uri()).path());
    } catch (IllegalArgumentException e) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "malformed path");
      return;
    }
    if (found.isEmpty()) {
      refuse(context, HttpResponseStatus.NOT_FOUND, "no such file");
    } else {
      answer(context, request, found.get());
    }
  }

  private void answer(
      ChannelHandlerContext context, FullHttpRequest request, SharedFiles.Found file)
      throws IOException {
    Optional<ByteRange> range = range(request, file);
    if (range.isPresent() && range.get().unsatisfiable()) {
      FullHttpResponse response =
          text(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no such range");
      response.headers().set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + file.bytes());
      context.writeAndFlush(response).addListener(done -> idle.add(context.channel()));
      return;
    }
    ByteRange bytes = range.orElse(new ByteRange(0, file.bytes()));
    HttpResponse head = head(file, bytes, range.isPresent());
    if (isGet(request)) {
      FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ);
      context.write(head);
      send(context, channel, bytes);
    } else {
      context.write(head);
      context
          .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
          .addListener(done -> idle.add(context.channel()));
    }
  }

  private static Optional<ByteRange> range(FullHttpRequest request, SharedFiles.Found file) {
    String header = request.headers().get(HttpHeaderNames.RANGE);
    String condition = request.headers().get(HttpHeaderNames.IF_RANGE);
    boolean changed = condition != null && !condition.equals(file.etag());
    return header == null || changed || !isGet(request)
        ? Optional.empty()
        : ByteRange.parse(header, file.bytes());
  }

  private static HttpResponse head(SharedFiles.Found file, ByteRange bytes, boolean partial) {
    HttpResponse head =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1,
            partial ? HttpResponseStatus.PARTIAL_CONTENT : HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
        .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length())
        .set(HttpHeaderNames.ACCEPT_RANGES, HttpHeaderValues.BYTES);
    if (!file.etag().isEmpty()) {
      head.headers().set(HttpHeaderNames.ETAG, file.etag());
    }
    if (partial) {
      head.headers()
          .set(
              HttpHeaderNames.CONTENT_RANGE,
              String.format("bytes %d-%d/%d", bytes.start(), bytes.end() - 1, file.bytes()));
    }
    return head;
  }

  private void send(ChannelHandlerContext context, FileChannel channel, ByteRange bytes)
      throws IOException {
    // No further request is read until this one is answered.
    context.channel().config().setAutoRead(false);
    ChannelFuture sent;
    if (options.tls().isPresent()) {
      sent =
          context.writeAndFlush(
              new HttpChunkedInput(
                  new ChunkedNioFile(channel, bytes.start(), bytes.length(), TLS_CHUNK_BYTES)));
    } else {
      context.write(new DefaultFileRegion(channel, bytes.start(), bytes.length()));
      sent = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    sent.addListener(
        done -> {
          if (done.isSuccess()) {
            idle.add(context.channel());
            context.channel().config().setAutoRead(true);
          } else {
            context.close();
          }
        });
  }

  private static boolean isGet(FullHttpRequest request) {
    return request.method().equals(HttpMethod.GET);
  }

  private ChannelFuture refuse(
      ChannelHandlerContext context, HttpResponseStatus status, String reason) {
    return context
        .writeAndFlush(text(status, reason))
        .addListener(done -> idle.add(context.channel()));
  }

  private static FullHttpResponse text(HttpResponseStatus status, String reason) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(reason + "\n", StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    return response;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
    if (event instanceof IdleStateEvent) {
      context.close();
    } else {
      super.userEventTriggered(context, event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection {} closed: {}", context.channel().remoteAddress(), cause.toString());
    context.close();
  }
}
