package dev.kelpie.cli.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.cli.cluster.k8s.Manifests;
import dev.kelpie.cli.cluster.k8s.PodFiles;
import dev.kelpie.cli.cluster.k8s.PodPlan;
import dev.kelpie.cli.terminal.PrivateFiles;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.learner.AlgorithmChecks;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster k8s}: writes a run as manifests of Kubernetes. */
@Command(
    name = "k8s",
    description = {
      "Write manifests that run an experiment on Kubernetes: a StatefulSet for the learner,"
          + " Deployments",
      "for rollouts and rewards, and what they need to know and reach each other. kubectl apply -f"
          + " DIR",
      "starts it."
    },
    footer = {
      "",
      "Example: kelpie cluster k8s configs/quickstart.conf --image kelpie:0.1 --out k8s"
          + " --at configs=/opt/kelpie/configs"
    })
final class ClusterK8s implements Callable<Integer> {
  private static final String LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
  private static final int ACTORS_PORT = 2551;
  private static final int FILES_PORT = 2552;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "CONFIG", description = "Experiment file.")
  private Path file = Path.of("");

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Change one value of the file; repeatable.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write to.")
  private Path out = Path.of("");

  @Option(
      names = "--image",
      required = true,
      paramLabel = "NAME",
      description = "Image of this build, as the nodes pull it.")
  private String image = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the run and of its objects. Default: that of the experiment.")
  private @Nullable String name;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Namespace of the objects. Default: ${DEFAULT-VALUE}.")
  private String namespace = "";

  @Option(
      names = "--cluster-domain",
      paramLabel = "DOMAIN",
      defaultValue = "cluster.local",
      description = "Domain of the cluster's DNS. Default: ${DEFAULT-VALUE}.")
  private String domain = "";

  @Option(
      names = "--rollout-workers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Rollout pods. Default: ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--at",
      paramLabel = "HERE=PATH",
      description =
          "What is below HERE on this machine is below PATH in the pods, in the image or on a"
              + " volume; repeatable. Other files go into a ConfigMap.")
  private Map<String, String> places = new LinkedHashMap<>();

  @Option(
      names = "--volume",
      paramLabel = "CLAIM=PATH",
      description = "A PersistentVolumeClaim that all pods see at PATH, read-only; repeatable.")
  private Map<String, String> volumes = new LinkedHashMap<>();

  @Option(
      names = "--env-from",
      paramLabel = "SECRET",
      description = "A Secret whose entries are environment variables, such as keys; repeatable.")
  private List<String> environment = new ArrayList<>();

  @Option(
      names = "--memory",
      paramLabel = "QUANTITY",
      defaultValue = "4Gi",
      description = "Memory of each pod. Default: ${DEFAULT-VALUE}.")
  private String memory = "";

  @Option(
      names = "--storage",
      paramLabel = "QUANTITY",
      defaultValue = "10Gi",
      description = "Size of the volume with the run's folder. Default: ${DEFAULT-VALUE}.")
  private String storage = "";

  @Option(
      names = "--storage-class",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Its class. Default: the cluster's.")
  private String storageClass = "";

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "How long the learner may take to finish its step and save when its pod is ended."
              + " Default: ${DEFAULT-VALUE}.")
  private int grace;

  @Override
  public Integer call() throws IOException {
    requireOptions();
    List<String> changes = new ArrayList<>(overrides);
    changes.addAll(
        List.of(
            "cluster.roles=[]",
            "cluster.seed=\"\"",
            "cluster.hosts=[]",
            "cluster.host=127.0.0.1",
            "cluster.bind-host=\"\"",
            "cluster.tls-path=" + PodFiles.TLS,
            "dashboard.host=127.0.0.1",
            "dashboard.token-file=\"\""));
    LoadedExperiment here = ExperimentFiles.load(file, changes);
    requireStillReference(here);
    Config resolved = ConfigFactory.parseString(here.render(Version.commit()));
    PodFiles podFiles = PodFiles.of(resolved, places(), kept());
    changes.addAll(podFiles.changes());
    LoadedExperiment there = ExperimentFiles.load(file, changes);
    PodPlan plan = plan(there);
    Map<String, String> texts = new Manifests(plan, files(there, podFiles), secrets(plan)).files();
    for (Map.Entry<String, String> text : texts.entrySet()) {
      write(text.getKey(), text.getValue());
    }
    tell(plan, podFiles);
    return 0;
  }

  private void requireOptions() {
    if (workers < 1) {
      throw new ConfigException("--rollout-workers: " + workers + " (expected: 1 or more)");
    }
    if (grace < 1) {
      throw new ConfigException("--grace: " + grace + " (expected: 1 or more)");
    }
    OptionValues.requireMatch("--name", name, LABEL, "a DNS label, as in my-run");
    if (name != null && name.length() > ClusterNames.MOST_CHARACTERS) {
      throw new ConfigException(
          "--name: "
              + name
              + " (expected: at most "
              + ClusterNames.MOST_CHARACTERS
              + " characters)");
    }
    OptionValues.requireMatch("--namespace", namespace, LABEL, "a DNS label, as in my-team");
    OptionValues.requireMatch(
        "--cluster-domain", domain, LABEL + "(\\." + LABEL + ")*", "as in cluster.local");
    OptionValues.requireMatch("--memory", memory, "[1-9]\\d*([KMGT]i?)?", "a quantity, as in 4Gi");
    OptionValues.requireMatch(
        "--storage", storage, "[1-9]\\d*([KMGT]i?)?", "a quantity, as in 10Gi");
    OptionValues.requireMatch("--image", image, "\\S+", "a name without spaces");
    volumes.forEach(
        (claim, path) -> {
          OptionValues.requireMatch(
              "--volume", claim, LABEL, "CLAIM=PATH, with the name of a claim");
          requireAbsolute("--volume", path);
        });
    places.values().forEach(path -> requireAbsolute("--at", path));
    environment.forEach(
        secret -> OptionValues.requireMatch("--env-from", secret, "[a-z0-9.-]+", "a name"));
  }

  private static void requireAbsolute(String option, String path) {
    if (!path.startsWith("/") || path.length() < 2) {
      throw new ConfigException(
          option + ": " + path + " (expected: an absolute path in the pods, as in /data)");
    }
  }

  /** The states of a moving reference lie in the run's folder, which only the learner's pod has. */
  private static void requireStillReference(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    ReferenceOptions.Schedule schedule = experiment.reference().schedule();
    boolean still =
        schedule == ReferenceOptions.Schedule.NONE || schedule == ReferenceOptions.Schedule.FROZEN;
    if (!still && AlgorithmChecks.needsReference(experiment)) {
      throw loaded.error(
          "reference.schedule",
          schedule.name().toLowerCase(Locale.ROOT),
          "frozen, because the pods of learner and reference share no folder for its states");
    }
  }

  private Map<Path, Path> places() {
    Map<Path, Path> paths = new LinkedHashMap<>();
    places.forEach(
        (here, there) -> paths.put(Path.of(here).toAbsolutePath().normalize(), Path.of(there)));
    return paths;
  }

  private List<Path> kept() {
    List<Path> kept = new ArrayList<>();
    volumes.values().forEach(path -> kept.add(Path.of(path)));
    places.values().forEach(path -> kept.add(Path.of(path)));
    return kept;
  }

  private PodPlan plan(LoadedExperiment loaded) {
    Experiment experiment = loaded.experiment();
    Map<String, String> claims = new TreeMap<>();
    volumes.forEach((claim, path) -> claims.put(path, claim));
    int port = experiment.cluster().port();
    int bulkPort = experiment.cluster().bulkPort();
    return new PodPlan(
        name == null ? ClusterNames.of(loaded, null) : name,
        namespace,
        domain,
        image,
        port > 0 ? port : ACTORS_PORT,
        bulkPort > 0 ? bulkPort : FILES_PORT,
        workers,
        Math.max(1, experiment.learner().threads()),
        Math.max(1, experiment.rollout().threads()),
        memory,
        storage,
        storageClass,
        grace,
        claims,
        environment);
  }

  private static Map<String, byte[]> files(LoadedExperiment loaded, PodFiles podFiles)
      throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (Map.Entry<String, Path> entry : podFiles.entries().entrySet()) {
      files.put(entry.getKey(), InputFile.readBytes(entry.getValue(), PodFiles.MOST_BYTES));
    }
    RunFolder names = new RunFolder(Path.of(PodFiles.FOLDER));
    List<String> stages = loaded.renderStages(Version.commit());
    for (int stage = 1; stage <= stages.size(); stage++) {
      put(files, names.stageFile(stage), stages.get(stage - 1));
    }
    put(files, names.experimentFile(), loaded.render(Version.commit()));
    return files;
  }

  private static void put(Map<String, byte[]> files, Path file, String text) {
    files.put(String.valueOf(file.getFileName()), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Makes the certificates of all pods; the authority's key stays in their folder here. */
  private Map<String, String> secrets(PodPlan plan) throws IOException {
    CertificateAuthority authority;
    try {
      authority = CertificateAuthority.openOrCreate(certificates());
    } catch (IOException e) {
      throw new ConfigException("--out: " + e.getMessage());
    }
    Map<String, String> secrets = new TreeMap<>();
    for (String of : List.of(plan.serviceDomain(), plan.podDomain())) {
      TlsFiles tls = authority.issue("*." + of, Duration.ofDays(365));
      for (Path path : List.of(tls.authority(), tls.token(), tls.certificate(), tls.key())) {
        secrets.put(
            String.valueOf(path.getFileName()), InputFile.readText(path, PodFiles.MOST_BYTES));
      }
    }
    return secrets;
  }

  private Path certificates() {
    return out.resolve("certificates");
  }

  private void write(String name, String text) throws IOException {
    Path target = out.resolve(name);
    if (name.equals(Manifests.SECRET)) {
      PrivateFiles.file(target);
      Files.writeString(target, text);
    } else {
      AtomicFile.write(target, text);
    }
  }

  private void tell(PodPlan plan, PodFiles podFiles) {
    PrintWriter lines = spec.commandLine().getOut();
    String shown = RunFolder.shown(out.toAbsolutePath().normalize());
    lines.printf(
        Locale.ROOT,
        "%s: %s in namespace %s, a learner, %d rollout %s, rewards; %d of its files in a"
            + " ConfigMap%n",
        shown,
        plan.name(),
        plan.namespace(),
        workers,
        workers == 1 ? "pod" : "pods",
        podFiles.entries().size());
    lines.println("start it: kubectl apply -f " + shown);
    lines.println("look at it: kubectl -n " + namespace + " logs -f " + plan.name() + "-learner-0");
    lines.flush();
  }
}
