package dev.kelpie.dashboard;

import dev.kelpie.wire.http.Answer;
import dev.kelpie.wire.http.HostRule;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.CookieHeaderNames.SameSite;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.netty.handler.codec.http.cookie.ServerCookieEncoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Lets in requests that come from the page itself or from a program, with the token. A form or a
 * script of another site and anybody without the token are refused.
 *
 * @param secure whether the page is served by https
 */
record Gate(AccessToken token, HostRule hosts, boolean secure) {
  private static final String BEARER = "Bearer ";
  private static final Set<HttpMethod> METHODS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);

  /** The answer to a request that is refused or that gets its cookie first; empty lets it in. */
  Optional<Answer> stop(HttpRequest request, int port) {
    HttpHeaders headers = request.headers();
    if (!METHODS.contains(request.method())) {
      return Optional.of(
          Answer.text(
              HttpResponseStatus.METHOD_NOT_ALLOWED,
              "only GET, HEAD, POST",
              Map.of("Allow", "GET, HEAD, POST")));
    }
    boolean bearer = bearer(headers);
    if (fromAnotherSite(request, port, bearer)) {
      return Optional.of(
          Answer.text(HttpResponseStatus.FORBIDDEN, "the request comes from another site"));
    }
    boolean inside = bearer || cookie(headers, port);
    return inside && !carriesToken(request) ? Optional.empty() : Optional.of(signIn(request, port));
  }

  /** All ports of a host share their cookies, so the name has the port. */
  private static String cookieName(int port) {
    return "kelpie-" + port;
  }

  private boolean bearer(HttpHeaders headers) {
    String given = headers.get(HttpHeaderNames.AUTHORIZATION, "");
    return given.startsWith(BEARER) && token.matches(given.substring(BEARER.length()));
  }

  /**
   * Whether a browser sent the request for another site. A program with the bearer token need not
   * name an origin. A link of another site may open the page itself, but not its data.
   */
  private boolean fromAnotherSite(HttpRequest request, int port, boolean bearer) {
    String origin = request.headers().get(HttpHeaderNames.ORIGIN, "");
    String site = request.headers().get("Sec-Fetch-Site", "");
    boolean post = request.method().equals(HttpMethod.POST);
    if (!origin.isEmpty()) {
      String scheme = secure ? "https://" : "http://";
      return !origin.startsWith(scheme) || !hosts.accepts(origin.substring(scheme.length()), port);
    }
    boolean page = new QueryStringDecoder(request.uri()).rawPath().equals("/") && !post;
    return (post && !bearer) || (!page && !Set.of("", "same-origin", "none").contains(site));
  }

  private boolean cookie(HttpHeaders headers, int port) {
    for (Cookie cookie :
        ServerCookieDecoder.STRICT.decode(headers.get(HttpHeaderNames.COOKIE, ""))) {
      if (cookie.name().equals(cookieName(port)) && token.matchesCookie(cookie.value())) {
        return true;
      }
    }
    return false;
  }

  private static boolean carriesToken(HttpRequest request) {
    return request.uri().startsWith("/?token=");
  }

  private Answer signIn(HttpRequest request, int port) {
    List<String> given =
        new QueryStringDecoder(request.uri()).parameters().getOrDefault("token", List.of());
    if (!carriesToken(request) || given.size() != 1 || !token.matches(given.get(0))) {
      return Answer.text(
          HttpResponseStatus.UNAUTHORIZED,
          "Open the address that kelpie printed: it carries the token of this page.");
    }
    DefaultCookie cookie = new DefaultCookie(cookieName(port), token.cookie());
    cookie.setHttpOnly(true);
    cookie.setSecure(secure);
    cookie.setPath("/");
    cookie.setSameSite(SameSite.Strict);
    return Answer.text(
        HttpResponseStatus.SEE_OTHER,
        "the page is at /",
        Map.of(
            "Location",
            "/",
            "Set-Cookie",
            ServerCookieEncoder.STRICT.encode(cookie),
            "Cache-Control",
            "no-store"));
  }
}
