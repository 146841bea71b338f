package dev.kelpie.cli.cluster.k8s;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.kelpie.config.ConfigException;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The objects of a run, as files of YAML. */
public final class Manifests {
  private static final ObjectWriter YAML =
      YAMLMapper.builder()
          .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
          .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build()
          .writer();

  /** The file with the certificates' keys. */
  public static final String SECRET = "secret.yaml";

  private final PodPlan plan;
  private final Map<String, byte[]> files;
  private final Map<String, String> secrets;
  private final Pods pods;

  /**
   * Creates the manifests.
   *
   * @param files of the configuration by their path in its folder
   * @param secrets the certificates' files by name
   * @throws ConfigException if the files do not fit into a ConfigMap
   */
  public Manifests(PodPlan plan, Map<String, byte[]> files, Map<String, String> secrets) {
    this.plan = plan;
    this.files = new TreeMap<>(files);
    this.secrets = new TreeMap<>(secrets);
    long bytes = files.values().stream().mapToLong(file -> file.length).sum();
    if (bytes > PodFiles.MOST_BYTES) {
      throw new ConfigException(
          "the experiment and its files have "
              + bytes
              + " bytes (expected: at most "
              + PodFiles.MOST_BYTES
              + ", which a ConfigMap holds)");
    }
    if (files.keySet().stream().map(Manifests::key).distinct().count() < files.size()) {
      throw new ConfigException(
          "files whose names differ in special characters alone: "
              + String.join(", ", this.files.keySet())
              + " (expected: names of letters, digits, - and .)");
    }
    this.pods = new Pods(plan, items(), hash());
  }

  /** The text of each file by its name. */
  public Map<String, String> files() throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("configuration.yaml", yaml(configuration()));
    texts.put(SECRET, yaml(secret()));
    texts.put("network.yaml", yaml(service(), networkPolicy()));
    texts.put("learner.yaml", yaml(learner(), budget("learner", 0)));
    texts.put(
        "workers.yaml",
        yaml(
            deployment("rollout", "rollout", plan.workers(), plan.rolloutCores()),
            budget("rollout", 1),
            deployment("reward", "reward,scoring", 1, plan.learnerCores())));
    return texts;
  }

  @SafeVarargs
  private static String yaml(Map<String, Object>... objects) throws IOException {
    StringWriter text = new StringWriter();
    try (SequenceWriter writer = YAML.writeValues(text)) {
      for (Map<String, Object> object : objects) {
        writer.write(object);
      }
    }
    return text.toString();
  }

  /** The key of a file in the ConfigMap, which takes few characters. */
  private static String key(String path) {
    return path.replaceAll("[^A-Za-z0-9._-]", "_");
  }

  private List<Map<String, String>> items() {
    List<Map<String, String>> items = new ArrayList<>();
    files
        .keySet()
        .forEach(path -> items.add(new TreeMap<>(Map.of("key", key(path), "path", path))));
    return items;
  }

  private String hash() {
    MessageDigest digest = Sha256.digest();
    files.forEach(
        (path, bytes) -> {
          digest.update(path.getBytes(StandardCharsets.UTF_8));
          digest.update(bytes);
        });
    return Sha256.hex(digest);
  }

  private Map<String, Object> object(String api, String kind, String component) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", api);
    object.put("kind", kind);
    object.put(
        "metadata",
        Map.of(
            "name",
            component.isEmpty() ? plan.name() : plan.name() + "-" + component,
            "namespace",
            plan.namespace(),
            "labels",
            pods.labels(component)));
    return object;
  }

  private Map<String, Object> configuration() {
    Map<String, String> texts = new TreeMap<>();
    Map<String, String> others = new TreeMap<>();
    files.forEach(
        (path, bytes) -> {
          try {
            String text =
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            texts.put(key(path), text);
          } catch (CharacterCodingException e) {
            others.put(key(path), Base64.getEncoder().encodeToString(bytes));
          }
        });
    Map<String, Object> object = object("v1", "ConfigMap", "");
    object.put("data", texts);
    if (!others.isEmpty()) {
      object.put("binaryData", others);
    }
    return object;
  }

  private Map<String, Object> secret() {
    Map<String, Object> object = object("v1", "Secret", "");
    object.put("type", "Opaque");
    object.put("stringData", secrets);
    return object;
  }

  /** Gives the pods names, also before they are ready: the learner is ready by itself. */
  private Map<String, Object> service() {
    Map<String, Object> object = object("v1", "Service", "");
    object.put(
        "spec",
        Map.of(
            "clusterIP",
            "None",
            "publishNotReadyAddresses",
            true,
            "selector",
            pods.labels(""),
            "ports",
            List.of(
                Map.of("name", "actors", "port", plan.port()),
                Map.of("name", "files", "port", plan.bulkPort()))));
    return object;
  }

  private Map<String, Object> networkPolicy() {
    Map<String, Object> own = Map.of("podSelector", Map.of("matchLabels", pods.labels("")));
    Map<String, Object> object = object("networking.k8s.io/v1", "NetworkPolicy", "");
    object.put(
        "spec",
        Map.of(
            "podSelector",
            Map.of("matchLabels", pods.labels("")),
            "policyTypes",
            List.of("Ingress"),
            "ingress",
            List.of(
                Map.of(
                    "from",
                    List.of(own),
                    "ports",
                    List.of(tcp(plan.port()), tcp(plan.bulkPort()))))));
    return object;
  }

  private static Map<String, Object> tcp(int port) {
    return Map.of("protocol", "TCP", "port", port);
  }

  private Map<String, Object> learner() {
    Map<String, Object> claim = new TreeMap<>();
    claim.put("accessModes", List.of("ReadWriteOnce"));
    claim.put("resources", Map.of("requests", Map.of("storage", plan.storage())));
    if (!plan.storageClass().isEmpty()) {
      claim.put("storageClassName", plan.storageClass());
    }
    Map<String, Object> object = object("apps/v1", "StatefulSet", "learner");
    object.put(
        "spec",
        Map.of(
            "serviceName",
            plan.name(),
            "replicas",
            1,
            "selector",
            Map.of("matchLabels", pods.labels("learner")),
            "template",
            pods.learner(),
            "volumeClaimTemplates",
            List.of(
                Map.of(
                    "metadata",
                    Map.of("name", "runs", "labels", pods.labels("learner")),
                    "spec",
                    claim))));
    return object;
  }

  private Map<String, Object> deployment(String component, String roles, int replicas, int cores) {
    Map<String, Object> object = object("apps/v1", "Deployment", component);
    object.put(
        "spec",
        Map.of(
            "replicas",
            replicas,
            "strategy",
            Map.of("type", "Recreate"),
            "selector",
            Map.of("matchLabels", pods.labels(component)),
            "template",
            pods.worker(component, roles, cores)));
    return object;
  }

  private Map<String, Object> budget(String component, int mostUnavailable) {
    Map<String, Object> object = object("policy/v1", "PodDisruptionBudget", component);
    object.put(
        "spec",
        Map.of(
            "maxUnavailable",
            mostUnavailable,
            "selector",
            Map.of("matchLabels", pods.labels(component))));
    return object;
  }
}
