package dev.kelpie.cli.cluster.k8s;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads manifests into the types of the Kubernetes API; a field that it does not have is an error.
 */
final class KubernetesModel {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .annotationIntrospector(new NoRoomForOthers())
          .build();

  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(
          ConfigMap.class,
          Secret.class,
          Service.class,
          StatefulSet.class,
          Deployment.class,
          NetworkPolicy.class,
          PodDisruptionBudget.class);

  private KubernetesModel() {}

  /** The types would keep unknown fields as further properties. */
  private static final class NoRoomForOthers extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }
  }

  /** All objects in the YAML files of a folder. */
  static List<HasMetadata> read(Path folder) throws IOException {
    List<HasMetadata> objects = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
        objects.addAll(parse(Files.readString(file)));
      }
    }
    return objects;
  }

  static List<HasMetadata> parse(String text) throws IOException {
    List<HasMetadata> objects = new ArrayList<>();
    try (MappingIterator<JsonNode> documents = YAML.readerFor(JsonNode.class).readValues(text)) {
      while (documents.hasNext()) {
        JsonNode document = documents.next();
        objects.add(YAML.treeToValue(document, kind(document)));
      }
    }
    return objects;
  }

  private static Class<? extends HasMetadata> kind(JsonNode document) {
    String kind = document.path("kind").asText();
    Class<? extends HasMetadata> type =
        KINDS.stream()
            .filter(known -> known.getSimpleName().equals(kind))
            .findFirst()
            .orElseThrow();
    String api = HasMetadata.getApiVersion(type);
    if (!api.equals(document.path("apiVersion").asText())) {
      throw new IllegalArgumentException(
          kind + ": " + document.path("apiVersion") + ", not " + api);
    }
    return type;
  }
}
