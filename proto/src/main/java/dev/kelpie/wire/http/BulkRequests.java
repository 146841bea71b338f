package dev.kelpie.wire.http;

import dev.kelpie.files.InputFile;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
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
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Answers the requests of one connection with files. */
// A write that fails fails all later ones too, and the last of an answer closes the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class BulkRequests extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final int TLS_CHUNK_BYTES = 1 << 16;

  private final SharedFiles files;
  private final BulkServer.Options options;

  BulkRequests(SharedFiles files, BulkServer.Options options) {
    this.files = files;
    this.options = options;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request)
      throws IOException {
    if (!authorized(request)) {
      refuse(context, HttpResponseStatus.UNAUTHORIZED, "a bearer token is needed");
    } else if (!isGet(request) && !request.method().equals(HttpMethod.HEAD)) {
      refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET and HEAD");
    } else {
      find(context, request);
    }
  }

  private boolean authorized(FullHttpRequest request) {
    String header = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
    return options.token().map(required -> required.matches(header)).orElse(true);
  }

  private void find(ChannelHandlerContext context, FullHttpRequest request) throws IOException {
    Optional<SharedFiles.Found> found;
    Optional<String> list;
    try {
      String path = new QueryStringDecoder(request.uri()).path();
      list = files.findList(path);
      found = list.isPresent() ? Optional.empty() : files.find(path);
    } catch (IllegalArgumentException e) {
      refuse(context, HttpResponseStatus.BAD_REQUEST, "malformed path");
      return;
    }
    if (list.isPresent()) {
      byte[] text = list.get().getBytes(StandardCharsets.UTF_8);
      Answer answer = new Answer(HttpResponseStatus.OK, TEXT, text, Map.of());
      context.writeAndFlush(answer.response());
    } else if (found.isEmpty()) {
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
          Answer.text(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no such range")
              .response();
      response.headers().set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + file.bytes());
      context.writeAndFlush(response);
      return;
    }
    ByteRange bytes = range.orElse(new ByteRange(0, file.bytes()));
    if (!file.held().holds(bytes.start(), bytes.end())) {
      refuse(context, HttpResponseStatus.NOT_FOUND, "these bytes are not here");
      return;
    }
    HttpResponse head = head(file, bytes, range.isPresent());
    if (isGet(request)) {
      FileChannel channel = InputFile.openChannel(file.path());
      context.write(head);
      send(context, channel, bytes);
    } else {
      context.write(head);
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
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
              String.format(
                  Locale.ROOT, "bytes %d-%d/%d", bytes.start(), bytes.end() - 1, file.bytes()));
    }
    return head;
  }

  private void send(ChannelHandlerContext context, FileChannel channel, ByteRange bytes)
      throws IOException {
    if (options.tls().isPresent()) {
      context.writeAndFlush(
          new HttpChunkedInput(
              new ChunkedNioFile(channel, bytes.start(), bytes.length(), TLS_CHUNK_BYTES)));
    } else {
      context.write(new DefaultFileRegion(channel, bytes.start(), bytes.length()));
      context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private static boolean isGet(FullHttpRequest request) {
    return request.method().equals(HttpMethod.GET);
  }

  private static void refuse(
      ChannelHandlerContext context, HttpResponseStatus status, String reason) {
    context.writeAndFlush(Answer.text(status, reason).response());
  }
}
