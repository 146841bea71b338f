package dev.kelpie.wire.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;

/** A connection to the server of one file, see {@link BulkConnections}. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the connection
public final class BulkConnection implements AutoCloseable {
  private final Channel channel;
  private final BulkExchange exchange;
  private final URI address;
  private final BulkClient.Options options;

  BulkConnection(Channel channel, BulkExchange exchange, URI address, BulkClient.Options options) {
    this.channel = channel;
    this.exchange = exchange;
    this.address = address;
    this.options = options;
  }

  /** Whether the server has not closed it. */
  public boolean isOpen() {
    return channel.isActive();
  }

  /**
   * Reads bytes of the file.
   *
   * @param from the first byte
   * @param target takes {@code count} bytes from its start on
   * @throws FileNotFoundException when the server does not have them
   * @throws IOException in one line
   */
  public void read(long from, int count, byte[] target) throws IOException {
    FullHttpRequest request = request("");
    request.headers().set(HttpHeaderNames.RANGE, "bytes=" + from + "-" + (from + count - 1));
    BulkExchange.Reply reply = send(request, target, count);
    require(reply, HttpResponseStatus.PARTIAL_CONTENT);
    if (!reply.range().startsWith("bytes " + from + "-")) {
      throw new IOException("Content-Range " + reply.range() + " (expected: from " + from + ")");
    }
    if (reply.bytes() != count) {
      throw new IOException(reply.bytes() + " bytes (expected: " + count + ")");
    }
  }

  /** Reads at most {@code most} bytes of what is at the file's address with {@code suffix}. */
  byte[] read(String suffix, int most) throws IOException {
    byte[] target = new byte[1 << 16];
    while (true) {
      BulkExchange.Reply reply = send(request(suffix), target, target.length);
      require(reply, HttpResponseStatus.OK);
      if (reply.bytes() <= target.length) {
        return Arrays.copyOf(target, (int) reply.bytes());
      } else if (reply.bytes() > most) {
        throw new IOException(reply.bytes() + " bytes (expected: at most " + most + ")");
      }
      target = new byte[(int) reply.bytes()];
    }
  }

  private FullHttpRequest request(String suffix) {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, address.getRawPath() + suffix);
    request.headers().set(HttpHeaderNames.HOST, address.getHost() + ":" + address.getPort());
    options
        .token()
        .ifPresent(token -> request.headers().set(HttpHeaderNames.AUTHORIZATION, token.header()));
    return request;
  }

  private BulkExchange.Reply send(FullHttpRequest request, byte[] target, int count)
      throws IOException {
    BulkExchange.Answer answer = exchange.begin(target, count);
    channel
        .writeAndFlush(request)
        .addListener(
            sent -> {
              if (!sent.isSuccess()) {
                answer.fail(sent.cause());
              }
            });
    try {
      return answer.await(options.readTimeout());
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static void require(BulkExchange.Reply reply, HttpResponseStatus expected)
      throws IOException {
    if (reply.status() == HttpResponseStatus.NOT_FOUND.code()) {
      throw new FileNotFoundException("HTTP 404");
    } else if (reply.status() != expected.code()) {
      throw new IOException("HTTP " + reply.status());
    }
  }

  /** Ends it, and the request that is on its way; does not wait. */
  @Override
  public void close() {
    channel.close();
  }
}
