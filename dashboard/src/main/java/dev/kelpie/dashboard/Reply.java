package dev.kelpie.dashboard;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Makes HTTP of an answer: the headers that keep a browser from doing anything else with it, and
 * compression as the client understands it.
 */
record Reply(boolean understandsGzip) {
  private static final int LEAST_COMPRESSED = 1024;

  static Reply to(FullHttpRequest request) {
    return new Reply(request.headers().get(HttpHeaderNames.ACCEPT_ENCODING, "").contains("gzip"));
  }

  FullHttpResponse response(Answer answer) {
    boolean compressed = answer.headers().containsKey("Content-Encoding");
    boolean compress = !compressed && understandsGzip && answer.body().length >= LEAST_COMPRESSED;
    byte[] body = answer.body();
    if (compress) {
      body = gzip(body);
    } else if (compressed && !understandsGzip && body.length > 0) {
      body = gunzip(body);
    }
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(body));
    secure(response);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.type());
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    answer.headers().forEach(response.headers()::set);
    if (compress) {
      response.headers().set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
    } else if (!understandsGzip) {
      response.headers().remove(HttpHeaderNames.CONTENT_ENCODING);
    }
    return response;
  }

  /** Nothing from elsewhere, nowhere else, and nothing told to anybody. */
  static void secure(HttpResponse response) {
    response
        .headers()
        .set(
            "Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none';"
                + " frame-ancestors 'none'")
        .set("X-Content-Type-Options", "nosniff")
        .set("X-Frame-Options", "DENY")
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Cross-Origin-Resource-Policy", "same-origin")
        .set(HttpHeaderNames.VARY, "Accept-Encoding, Cookie");
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 2);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  private static byte[] gunzip(byte[] bytes) {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return gzip.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
