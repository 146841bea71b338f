package dev.kelpie.config.remote;

import dev.kelpie.config.Require;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/** The address of a server that an experiment names. */
public final class ServerAddress {
  private static final Set<String> LOOPBACK =
      Set.of("localhost", "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1");

  private ServerAddress() {}

  /**
   * The address that {@code url} writes, without a slash at its end.
   *
   * @throws IllegalArgumentException unless it is one of http or https with a host, without user,
   *     query and fragment; the message begins with {@code key}
   */
  public static URI of(String key, String url) {
    return of(key, url, "; api-key-env names the variable of a key");
  }

  /** The same of a server that is asked without a key. */
  static URI withoutKey(String key, String url) {
    return of(key, url, "");
  }

  private static URI of(String key, String url, String instead) {
    Require.that(
        url.indexOf('@') < 0,
        "%s: has a user or a password in it (expected: none%s)",
        key,
        instead);
    URI address;
    try {
      address = new URI(url.replaceAll("/+$", ""));
    } catch (URISyntaxException e) {
      throw refused(key, url);
    }
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if (!Set.of("http", "https").contains(scheme)
        || address.getHost() == null
        || address.getQuery() != null
        || address.getFragment() != null
        || address.getPort() == 0
        || address.getPort() > 65_535) {
      throw refused(key, url);
    }
    return address;
  }

  private static IllegalArgumentException refused(String key, String url) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s: %s (expected: an address such as http://localhost:8000/v1 or"
                + " https://HOST/v1)",
            key,
            url));
  }

  /** Whether it is one of this machine. */
  public static boolean staysHere(URI address) {
    return LOOPBACK.contains(String.valueOf(address.getHost()).toLowerCase(Locale.ROOT));
  }
}
