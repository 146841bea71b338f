package dev.kelpie.cli.cluster.ssh;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.pack.Build;
import dev.kelpie.cli.pack.PackedFile;
import dev.kelpie.cli.terminal.Cores;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.config.hosts.HostOptions;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The other machines of a run: checks them, and brings them what its processes need. */
public final class RunHosts {
  private static final String TLS = "tls";
  private static final String POLICY = "policy";

  /** What an engine reads of a policy beside its weights, which come from the learner. */
  private static final String POLICY_FILES = ".*\\.(json|jinja|model|txt)";

  private static final int KEY_CHARACTERS = 8;
  private static final int FORGET_SECONDS = 20;

  private final Build build;
  private final List<ReadyHost> hosts;
  private final Consumer<String> say;

  private RunHosts(Build build, List<ReadyHost> hosts, Consumer<String> say) {
    this.build = build;
    this.hosts = List.copyOf(hosts);
    this.say = say;
  }

  /** Work on a machine. */
  @FunctionalInterface
  private interface Work<A, R> {
    R of(A host) throws IOException;
  }

  /**
   * Checks all machines at once, and copies the build to those that do not have it.
   *
   * @throws ConfigException in one line with the first machine that cannot be used, and why
   */
  public static RunHosts prepare(
      List<HostOptions> hosts, LoadedExperiment loaded, Consumer<String> say) throws IOException {
    Experiment experiment = loaded.experiment();
    Config resolved = ConfigFactory.parseString(loaded.render(Version.commit()));
    for (HostOptions host : hosts) {
      HostCertificates.require(experiment, host.host());
    }
    Build build = Build.ofThisProcess();
    Cores own = Cores.ofThisMachine();
    List<ReadyHost> ready =
        onAll(
            hosts.stream().map(SshHost::new).toList(),
            ssh -> {
              Map<String, String> needs = HostNeeds.of(ssh.options(), experiment, resolved);
              ReadyHost host = asked(ssh, build, needs);
              if (!host.cores().kind().equals(own.kind())) {
                say.accept(
                    "warning: "
                        + ssh.options().host()
                        + " has another processor, "
                        + host.cores().kind()
                        + ", than the learner, "
                        + own.kind()
                        + ": results are equal bit for bit on processors of one kind only");
              }
              if (!host.built()) {
                copy(host, build, say);
              }
              requireJava(host, build);
              return host;
            });
    return new RunHosts(build, ready, say);
  }

  private static ReadyHost asked(SshHost ssh, Build build, Map<String, String> needs) {
    ReadyHost host;
    try {
      host = ReadyHost.ask(ssh, build.id(), List.copyOf(needs.values()));
    } catch (IOException e) {
      throw refused(ssh, e);
    }
    String here = system();
    if (!host.system().equals(here)) {
      throw refused(ssh, "is " + host.system(), here + ", for which this build has libraries");
    }
    if (!host.tools().isEmpty()) {
      throw refused(ssh, "has no " + String.join(", ", host.tools()), "bash, tar and grep");
    }
    for (Map.Entry<String, String> need : needs.entrySet()) {
      if (host.missing().contains(need.getValue())) {
        throw refused(
            ssh,
            "has no " + need.getValue(),
            "what " + need.getKey() + " names, because a process there reads it");
      }
    }
    return host;
  }

  /** As {@code uname} would say it. */
  private static String system() {
    String name = System.getProperty("os.name", "");
    String family = System.getProperty("os.arch", "");
    return (name.startsWith("Mac") ? "Darwin" : name)
        + "-"
        + (family.equals("amd64") ? "x86_64" : name.startsWith("Mac") ? "arm64" : family);
  }

  private static void copy(ReadyHost host, Build build, Consumer<String> say) {
    try {
      host.copy(build, say);
    } catch (IOException e) {
      throw refused(host.ssh(), e);
    }
  }

  private static void requireJava(ReadyHost host, Build build) {
    try {
      host.requireJava(build.id());
    } catch (IOException e) {
      throw refused(host.ssh(), e);
    }
  }

  private static ConfigException refused(SshHost ssh, IOException failure) {
    boolean unreachable = failure instanceof SshFailure known && known.unreachable();
    return refused(
        ssh,
        String.valueOf(failure.getMessage()),
        unreachable
            ? "a login without a password; try: " + ssh.trial()
            : "a folder " + ssh.options().folder() + " with room, and Java 17 or newer");
  }

  private static ConfigException refused(SshHost ssh, String what, String expectation) {
    return new ConfigException(
        "cluster.hosts: "
            + ssh.options().host()
            + ": "
            + what
            + " (expected: "
            + expectation
            + ")");
  }

  /**
   * Brings a run's experiment, its certificates and what is needed of its policy to all machines.
   *
   * @throws ConfigException in one line with the first machine that cannot be used, and why
   */
  public List<HostedRun> provide(RunFolder folder, LoadedExperiment loaded) throws IOException {
    String run = key(folder);
    return onAll(
        hosts,
        host -> {
          try {
            host.provide(run, files(host, run, folder, loaded));
          } catch (SshFailure e) {
            throw refused(host.ssh(), e);
          }
          return new HostedRun(
              host,
              build.id(),
              run,
              certificates(loaded.experiment(), host.ssh().options().host()),
              () -> restore(host, run, folder, loaded));
        });
  }

  /** The name of a run's folder, which no other run of this or another machine has. */
  private static String key(RunFolder folder) {
    MessageDigest digest = Sha256.digest();
    String id = System.getenv().getOrDefault("HOSTNAME", "") + folder.root();
    digest.update(id.getBytes(StandardCharsets.UTF_8));
    return folder.root().getFileName() + "-" + Sha256.hex(digest).substring(0, KEY_CHARACTERS);
  }

  private static List<PackedFile> files(
      ReadyHost host, String run, RunFolder folder, LoadedExperiment loaded) throws IOException {
    Experiment experiment = loaded.experiment();
    String there = host.runFolder(run);
    String name = host.ssh().options().host();
    List<String> changes =
        new ArrayList<>(
            List.of(
                "cluster.host=" + ConfigUtil.quoteString(name),
                "cluster.bind-host=\"\"",
                "cluster.port=0",
                "cluster.bulk-port=0",
                "cluster.hosts=[]",
                "dashboard.enabled=false",
                "dashboard.host=127.0.0.1"));
    List<PackedFile> files = new ArrayList<>();
    if (!experiment.cluster().tlsPath().isEmpty()) {
      changes.add("cluster.tls-path=" + ConfigUtil.quoteString(there + "/" + TLS));
      for (Path file : certificates(experiment, name)) {
        files.add(PackedFile.of(TLS + "/" + file.getFileName(), PackedFile.PRIVATE, file));
      }
    }
    Config resolved = ConfigFactory.parseString(loaded.render(Version.commit()));
    if (!HostNeeds.of(host.ssh().options(), experiment, resolved).containsKey(HostNeeds.POLICY)) {
      changes.add("policy.path=" + ConfigUtil.quoteString(there + "/" + POLICY));
      files.addAll(policy(Path.of(experiment.policy().path())));
    }
    String text =
        ExperimentFiles.loadRecorded(folder.experimentFile(), changes).render(Version.commit());
    files.add(PackedFile.of("experiment.conf", PackedFile.PRIVATE, text));
    return files;
  }

  /** The certificates of a host, never the key of the authority; none without encryption. */
  private static List<Path> certificates(Experiment experiment, String host) {
    if (experiment.cluster().tlsPath().isEmpty()) {
      return List.of();
    }
    TlsFiles tls = TlsFiles.of(Path.of(experiment.cluster().tlsPath()), host);
    return List.of(tls.authority(), tls.certificate(), tls.key(), tls.token());
  }

  /** Brings a machine what it has lost, the build too. */
  private void restore(ReadyHost host, String run, RunFolder folder, LoadedExperiment loaded)
      throws IOException {
    if (!ReadyHost.ask(host.ssh(), build.id(), List.of()).built()) {
      host.copy(build, say);
    }
    host.provide(run, files(host, run, folder, loaded));
  }

  private static List<PackedFile> policy(Path folder) throws IOException {
    List<PackedFile> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.matches(POLICY_FILES) && !name.endsWith(".index.json")) {
          files.add(PackedFile.of(POLICY + "/" + name, PackedFile.PRIVATE, file));
        }
      }
    }
    return files;
  }

  /** Kills what is left of the runs and deletes their folders; says where that cannot be done. */
  public void forget(List<HostedRun> runs) {
    CompletableFuture<?> all =
        CompletableFuture.allOf(
            runs.stream()
                .map(run -> CompletableFuture.runAsync(() -> forget(run), RunHosts::inBackground))
                .toArray(CompletableFuture<?>[]::new));
    try {
      all.get(FORGET_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      say.accept("warning: not all hosts have answered that nothing of the run is left");
    }
  }

  private void forget(HostedRun run) {
    try {
      run.forget();
    } catch (IOException e) {
      say.accept(
          "warning: "
              + run.host()
              + ": "
              + e.getMessage()
              + "; what is left of the run there ends by itself, in "
              + run.folder());
    }
  }

  /** Does work on all machines at once; the first failure in their order is thrown. */
  private static <A, R> List<R> onAll(List<A> hosts, Work<A, R> work) throws IOException {
    List<CompletableFuture<R>> results =
        hosts.stream()
            .map(
                host ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          try {
                            return work.of(host);
                          } catch (IOException e) {
                            throw new UncheckedIOException(e);
                          }
                        },
                        RunHosts::inBackground))
            .toList();
    List<R> done = new ArrayList<>();
    for (CompletableFuture<R> result : results) {
      try {
        done.add(result.join());
      } catch (CompletionException e) {
        if (e.getCause() instanceof UncheckedIOException io) {
          throw io.getCause();
        } else if (e.getCause() instanceof RuntimeException known) {
          throw known;
        }
        throw e;
      }
    }
    return done;
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "kelpie-hosts");
    thread.setDaemon(true);
    thread.start();
  }
}
