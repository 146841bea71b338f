package dev.kelpie.config;

import java.util.Set;

/** The live page. */
public record DashboardOptions(
    @Doc("serve the page while the run lives") boolean enabled,
    @Doc("address to bind; loopback only") String host,
    @Doc("port of the page; another one where it is in use; 0: any free one") int port,
    @Doc("file with the token that opens the page; empty: a new token for each run")
        String tokenFile) {
  public static final DashboardOptions DEFAULTS = new DashboardOptions(true, "127.0.0.1", 7070, "");

  public DashboardOptions {
    Require.that(
        Set.of("127.0.0.1", "localhost", "::1").contains(host),
        "host: %s (expected: a loopback address; the page is not encrypted)",
        host);
    Require.within("port", port, 0, 65_535);
  }
}
