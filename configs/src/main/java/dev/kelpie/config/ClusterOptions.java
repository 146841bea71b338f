package dev.kelpie.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Addresses and timeouts of the actors. */
public record ClusterOptions(
    @Doc("address by which others reach this process; one that is not loopback needs tls-path")
        String host,
    @Doc("address to bind where it is another than host; empty: that of host") String bindHost,
    @Doc("port of the actors; 0: any free one") int port,
    @Doc("port of the bulk server; 0: any free one") int bulkPort,
    @Doc("what this process does; empty: everything") List<String> roles,
    @Doc("HOST:PORT of the learner's process; empty: this one") String seed,
    @Doc("folder with the certificates of kelpie cluster certificates; empty: no encryption")
        String tlsPath,
    @Doc("a started process that waits to take the place of a learner that dies")
        boolean standbyLearner,
    @Doc("machines of kelpie cluster ssh: blocks { host = ADDRESS, rollout-workers = N, ... }")
        List<ConfigBlock> hosts,
    @Doc("how long a worker that lost the cluster tries to come back") Duration rejoinTimeout,
    @Doc("how long a reward may take for one response before it counts as failed")
        Duration rewardTimeout,
    @Doc("a step without progress for this long is a stall") Duration stallAfter) {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");
  private static final Set<String> ANY = Set.of("0.0.0.0", "::", "*", "");

  public static final ClusterOptions DEFAULTS =
      new ClusterOptions(
          "127.0.0.1",
          "",
          0,
          0,
          List.of(),
          "",
          "",
          false,
          List.of(),
          Duration.ofMinutes(10),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));

  public ClusterOptions {
    roles = List.copyOf(roles);
    hosts = List.copyOf(hosts);
    requireAddress("host", host, !tlsPath.isEmpty());
    Require.that(
        bindHost.isEmpty() || isLoopback(bindHost) || !tlsPath.isEmpty(),
        "bind-host: %s (expected: a loopback address, because nothing is encrypted; or tls-path)",
        bindHost);
    Require.within("port", port, 0, 65_535);
    Require.within("bulk-port", bulkPort, 0, 65_535);
    Require.that(
        port == 0 || port != bulkPort,
        "bulk-port: %s (expected: another one than port = %s)",
        bulkPort,
        port);
    Require.positive("rejoin-timeout", rejoinTimeout);
    Require.positive("reward-timeout", rewardTimeout);
    Require.positive("stall-after", stallAfter);
    Require.that(
        seed.isEmpty() || namesAPort(seed),
        "seed: %s (expected: HOST:PORT, with a port of 1 to 65535)",
        seed);
  }

  private static boolean namesAPort(String seed) {
    if (!seed.matches(".+:\\d{1,5}")) {
      return false;
    }
    int port = Integer.parseInt(seed.substring(seed.lastIndexOf(':') + 1));
    return port >= 1 && port <= 65_535;
  }

  /** The address that this process binds: {@code bind-host}, or {@code host} without one. */
  public String bound() {
    return bindHost.isEmpty() ? host : bindHost;
  }

  /** Whether {@code host} is this machine alone. */
  public static boolean isLoopback(String host) {
    return LOOPBACK.contains(host);
  }

  /** Checks that the address of {@code key} is this machine's alone, unless there is TLS. */
  static void requireAddress(String key, String host, boolean encrypted) {
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
