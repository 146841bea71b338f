package dev.kelpie.config;

import java.util.Set;

/** The rule of addresses that processes listen on: this machine only, unless there is TLS. */
final class BoundAddress {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "*", "");

  private BoundAddress() {}

  static boolean isLoopback(String host) {
    return LOOPBACK.contains(host);
  }

  /** Checks the address of {@code key}. */
  static void require(String key, String host, boolean encrypted) {
    Require.that(
        encrypted || isLoopback(host),
        "%s: %s (expected: a loopback address, because nothing is encrypted; or first ./kelpie"
            + " cluster certificates --out certificates %s, then -D"
            + " cluster.tls-path=certificates)",
        key,
        host,
        ANY.contains(host) ? "ADDRESS" : host);
    Require.that(
        !ANY.contains(host),
        "%s: %s (expected: one address of this machine, by which others reach it)",
        key,
        host);
  }
}
