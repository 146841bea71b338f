package dev.kelpie.config;

/** The live page. */
public record DashboardOptions(
    @Doc("serve the page while the run lives") boolean enabled,
    @Doc("address to bind; one that is not loopback needs cluster.tls-path") String host,
    @Doc("port of the page; another one where it is in use; 0: any free one") int port,
    @Doc("file with the token that opens the page; empty: a new token for each run")
        String tokenFile) {
  public static final DashboardOptions DEFAULTS = new DashboardOptions(true, "127.0.0.1", 7070, "");

  public DashboardOptions {
    Require.within("port", port, 0, 65_535);
  }

  /** Whether the page is for this machine only, and then without encryption. */
  public boolean local() {
    return ClusterOptions.isLoopback(host);
  }
}
