package dev.kelpie.wire.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A whole answer in memory.
 *
 * @param headers beyond those that every answer has
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to a socket; never compared
public record Answer(
    HttpResponseStatus status, String type, byte[] body, Map<String, String> headers) {
  private static final String TEXT = "text/plain; charset=utf-8";

  /** One line of plain text. */
  public static Answer text(HttpResponseStatus status, String line) {
    return text(status, line, Map.of());
  }

  /** One line of plain text, with further headers. */
  public static Answer text(HttpResponseStatus status, String line, Map<String, String> headers) {
    return new Answer(status, TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8), headers);
  }

  /** The answer as Netty sends it. */
  public FullHttpResponse response() {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    secure(response);
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    headers.forEach(response.headers()::set);
    return response;
  }

  /** Adds the headers that let a browser load nothing from elsewhere and frame nothing. */
  public static void secure(HttpResponse response) {
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
}
