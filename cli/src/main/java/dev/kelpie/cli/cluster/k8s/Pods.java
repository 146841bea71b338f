package dev.kelpie.cli.cluster.k8s;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The pods of a run: one container each, without rights, on a file system that is read-only. */
final class Pods {
  private static final String SCRIPT = "/opt/kelpie/scripts/cluster-pod.sh";
  private static final String HOME = "/home/kelpie";
  private static final String RUNS = "/runs";
  private static final int USER = 1000;
  private static final int HEALTH_PORT = 7071;
  private static final int GROUP_READS = 0440;

  private final PodPlan plan;
  private final List<Map<String, String>> files;
  private final String experiment;

  /**
   * Creates the pods.
   *
   * @param files of the ConfigMap: {@code key} and {@code path}
   * @param experiment changes when the configuration does
   */
  Pods(PodPlan plan, List<Map<String, String>> files, String experiment) {
    this.plan = plan;
    this.files = files;
    this.experiment = experiment;
  }

  /** The template of the learner's pod, whose run folder is on a volume {@code runs}. */
  Map<String, Object> learner() {
    List<String> arguments =
        List.of("learner", RUNS + "/" + plan.name(), plan.learnerHost(), "--port=" + plan.port());
    Map<String, Object> container = container(arguments, plan.learnerCores());
    mounts(container).add(mount("runs", RUNS, false));
    return template("learner", container, plan.grace());
  }

  /** The template of a worker's pod. */
  Map<String, Object> worker(String component, String roles, int cores) {
    List<String> arguments =
        List.of(
            "worker",
            roles,
            plan.serviceDomain() + " " + plan.podDomain(),
            "--seed=" + plan.learnerHost() + ":" + plan.port(),
            "--port=" + plan.port());
    return template(component, container(arguments, cores), 30);
  }

  /** What names the objects of a component. */
  Map<String, String> labels(String component) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", "kelpie");
    labels.put("app.kubernetes.io/instance", plan.name());
    if (!component.isEmpty()) {
      labels.put("app.kubernetes.io/component", component);
    }
    return labels;
  }

  private Map<String, Object> template(String component, Map<String, Object> container, int grace) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("automountServiceAccountToken", false);
    spec.put("terminationGracePeriodSeconds", grace);
    spec.put(
        "securityContext",
        Map.of(
            "runAsNonRoot",
            true,
            "runAsUser",
            USER,
            "runAsGroup",
            USER,
            "fsGroup",
            USER,
            "seccompProfile",
            Map.of("type", "RuntimeDefault")));
    spec.put("containers", List.of(container));
    spec.put("volumes", volumes());
    return Map.of(
        "metadata",
        Map.of(
            "labels",
            labels(component),
            "annotations",
            Map.of("kelpie.dev/experiment", experiment)),
        "spec",
        spec);
  }

  private Map<String, Object> container(List<String> arguments, int cores) {
    List<String> all = new ArrayList<>(arguments);
    all.add("--bulk-port=" + plan.bulkPort());
    all.add("--health-port=" + HEALTH_PORT);
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "kelpie");
    container.put("image", plan.image());
    container.put("command", List.of(SCRIPT));
    container.put("args", all);
    container.put("env", environment());
    if (!plan.environment().isEmpty()) {
      container.put(
          "envFrom",
          plan.environment().stream()
              .map(secret -> Map.of("secretRef", Map.of("name", secret)))
              .toList());
    }
    container.put(
        "ports",
        List.of(
            Map.of("name", "actors", "containerPort", plan.port()),
            Map.of("name", "files", "containerPort", plan.bulkPort())));
    Map<String, String> requests = new TreeMap<>();
    requests.put("cpu", String.valueOf(cores));
    requests.put("memory", plan.memory());
    container.put(
        "resources", Map.of("requests", requests, "limits", Map.of("memory", plan.memory())));
    // the first start unpacks libraries and reads the data
    container.put("startupProbe", probe("live", 10, 60));
    container.put("livenessProbe", probe("live", 20, 6));
    container.put("readinessProbe", probe("ready", 10, 3));
    container.put(
        "securityContext",
        Map.of(
            "allowPrivilegeEscalation",
            false,
            "readOnlyRootFilesystem",
            true,
            "capabilities",
            Map.of("drop", List.of("ALL"))));
    List<Map<String, Object>> mounts = new ArrayList<>();
    mounts.add(mount("home", HOME, false));
    mounts.add(mount("tmp", "/tmp", false));
    mounts.add(mount("experiment", PodFiles.FOLDER, true));
    mounts.add(mount("certificates", PodFiles.TLS, true));
    new TreeMap<>(plan.volumes())
        .forEach((path, claim) -> mounts.add(mount("claim-" + claim, path, true)));
    container.put("volumeMounts", mounts);
    return container;
  }

  @SuppressWarnings("unchecked") // it was put there above
  private static List<Map<String, Object>> mounts(Map<String, Object> container) {
    return (List<Map<String, Object>>) Objects.requireNonNull(container.get("volumeMounts"));
  }

  private static List<Map<String, Object>> environment() {
    return List.of(
        Map.of("name", "HOME", "value", HOME),
        Map.of("name", "KELPIE_CONFIG", "value", PodFiles.FOLDER),
        Map.of("name", "POD_IP", "valueFrom", ofPod("status.podIP")),
        Map.of("name", "POD_NAME", "valueFrom", ofPod("metadata.name")));
  }

  private static Map<String, Object> ofPod(String field) {
    return Map.of("fieldRef", Map.of("fieldPath", field));
  }

  private static Map<String, Object> probe(String what, int period, int failures) {
    Map<String, Object> probe = new LinkedHashMap<>();
    probe.put("exec", Map.of("command", List.of(SCRIPT, what, String.valueOf(HEALTH_PORT))));
    probe.put("periodSeconds", period);
    probe.put("timeoutSeconds", 5);
    probe.put("failureThreshold", failures);
    return probe;
  }

  private static Map<String, Object> mount(String volume, String path, boolean readOnly) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("name", volume);
    mount.put("mountPath", path);
    if (readOnly) {
      mount.put("readOnly", true);
    }
    return mount;
  }

  private List<Map<String, Object>> volumes() {
    List<Map<String, Object>> volumes = new ArrayList<>();
    volumes.add(Map.of("name", "home", "emptyDir", Map.of()));
    volumes.add(Map.of("name", "tmp", "emptyDir", Map.of()));
    volumes.add(
        Map.of("name", "experiment", "configMap", Map.of("name", plan.name(), "items", files)));
    volumes.add(
        Map.of(
            "name",
            "certificates",
            "secret",
            Map.of("secretName", plan.name(), "defaultMode", GROUP_READS)));
    plan.volumes().values().stream()
        .distinct()
        .sorted()
        .forEach(
            claim ->
                volumes.add(
                    Map.of(
                        "name",
                        "claim-" + claim,
                        "persistentVolumeClaim",
                        Map.of("claimName", claim, "readOnly", true))));
    return volumes;
  }
}
