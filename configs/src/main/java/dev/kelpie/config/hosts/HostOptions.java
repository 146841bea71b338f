package dev.kelpie.config.hosts;

import dev.kelpie.config.ClusterOptions;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A block of {@code cluster.hosts}: a machine, and the processes that run on it. */
public record HostOptions(
    @Doc("address by which the other hosts reach it, and of which it has a certificate")
        String host,
    @Doc("what ssh connects to, [USER@]NAME as OpenSSH's configuration knows it; empty: host")
        String ssh,
    @Doc("port of its sshd; 0: as OpenSSH's configuration says") int port,
    @Doc("further arguments of ssh, such as [\"-i\", \"~/.ssh/cluster\"]") List<String> sshOptions,
    @Doc("rollout processes on it") int rolloutWorkers,
    @Doc("whether rewards and the reference are computed on it, and not beside the learner")
        boolean reward,
    @Doc("folder for builds and runs; a relative one lies in the home of the login") String folder,
    @Doc("folder of its Java, a JRE or JDK of 17 or newer; empty: found by itself") String javaHome,
    @Doc("options of its JVMs, such as [\"-Xmx4g\"]") List<String> jvmOptions) {
  public static final HostOptions DEFAULTS =
      new HostOptions("", "", 0, List.of(), 1, false, ".kelpie", "", List.of());

  public HostOptions {
    sshOptions = List.copyOf(sshOptions);
    jvmOptions = List.copyOf(jvmOptions);
    Require.that(
        ssh.isEmpty() || ssh.matches("[^\\s-][^\\s]*"),
        "ssh: %s (expected: [USER@]NAME, without spaces and not beginning with -)",
        ssh);
    Require.within("port", port, 0, 65_535);
    Require.atLeast("rollout-workers", rolloutWorkers, 0);
    Require.that(
        rolloutWorkers > 0 || reward,
        "rollout-workers: 0 (expected: at least 1, or reward = true, for a host that does"
            + " something)");
    Require.that(
        folder.matches("[^'\\p{Cntrl}:]+"),
        "folder: %s (expected: a folder, without quotes and colons in its name)",
        folder.isEmpty() ? "missing" : folder);
  }

  /** What ssh is told to connect to. */
  public String target() {
    return ssh.isEmpty() ? host : ssh;
  }

  /**
   * The hosts of an experiment, in their order.
   *
   * @throws ConfigException for a block that is wrong, or two that do not fit each other
   */
  public static List<HostOptions> all(Experiment experiment) {
    ClusterOptions cluster = experiment.cluster();
    List<HostOptions> hosts = new ArrayList<>();
    Set<String> names = new HashSet<>();
    boolean rewarded = false;
    for (ConfigBlock block : cluster.hosts()) {
      HostOptions host = block.bind(DEFAULTS);
      if (!host.host.matches("[A-Za-z0-9.:_-]*[A-Za-z0-9]")) {
        throw block.error(
            "host",
            host.host.isEmpty() ? null : host.host,
            "the address by which other hosts reach it");
      }
      if (!names.add(host.host)) {
        throw block.error(
            "host", host.host, "each host once; rollout-workers says how many it has");
      }
      if (host.reward && rewarded) {
        throw block.error("reward", true, "one host with reward = true");
      }
      rewarded |= host.reward;
      hosts.add(host);
    }
    return List.copyOf(hosts);
  }
}
