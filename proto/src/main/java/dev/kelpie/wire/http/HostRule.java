package dev.kelpie.wire.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Set;

/**
 * The names a server answers to. A browser that was led to this machine under the name of another
 * site (DNS rebinding) sends that name, and is refused.
 */
public final class HostRule {
  private final String host;
  private final Set<String> names;

  /** The rule of a server that is bound to {@code host}. */
  public HostRule(String host) {
    this.host = host.contains(":") ? "[" + host + "]" : host;
    this.names = Set.copyOf(List.of(this.host, "localhost", "127.0.0.1", "[::1]"));
  }

  /** {@code host:port}, as in a URL. */
  String authority(int port) {
    return host + ":" + port;
  }

  /** Whether {@code authority} is a name of this machine with the server's port. */
  public boolean accepts(String authority, int port) {
    return names.stream().anyMatch(name -> authority.equals(name + ":" + port));
  }

  /** Whether a request names this server, once. */
  boolean accepts(HttpHeaders headers, int port) {
    List<String> given = headers.getAll(HttpHeaderNames.HOST);
    return given.size() == 1 && accepts(given.get(0), port);
  }
}
