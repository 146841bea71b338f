package dev.kelpie.cli.cluster.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.SmallExperiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.LoadedExperiment;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of {@code kelpie cluster k8s}, by the types of the Kubernetes API. */
class ManifestsTest {
  @TempDir private Path folder = Path.of("");
  private List<HasMetadata> objects = List.of();

  @BeforeEach
  void write() throws IOException {
    Path experiment =
        SmallExperiment.write(folder, "run.name = sums, rollout.threads = 3, learner.threads = 5");
    CommandLineRun run =
        CommandLineRun.of(
            "cluster",
            "k8s",
            experiment.toString(),
            "--out",
            folder.resolve("k8s").toString(),
            "--image=registry.example/kelpie:1",
            "--namespace=lab",
            "--rollout-workers=4",
            "--at",
            Shipped.configs() + "=/opt/kelpie/configs",
            "--volume=models=/models",
            "--env-from=keys");
    assertThat(run.code()).as(run.err()).isZero();
    objects = KubernetesModel.read(folder.resolve("k8s"));
  }

  private <T extends HasMetadata> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private <T extends HasMetadata> T one(Class<T> type) {
    assertThat(all(type)).hasSize(1);
    return all(type).get(0);
  }

  private Map<String, PodTemplateSpec> templates() {
    Map<String, PodTemplateSpec> templates =
        all(Deployment.class).stream()
            .collect(
                Collectors.toMap(
                    deployment -> deployment.getMetadata().getName(),
                    deployment -> deployment.getSpec().getTemplate()));
    StatefulSet learner = one(StatefulSet.class);
    templates.put(learner.getMetadata().getName(), learner.getSpec().getTemplate());
    return templates;
  }

  @Test
  void fieldThatTheApiDoesNotHaveIsAnError() {
    String text = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replica: 1\n";
    assertThatThrownBy(() -> KubernetesModel.parse(text))
        .isInstanceOf(UnrecognizedPropertyException.class);
  }

  @Test
  void allObjectsAreOfTheRunAndItsNamespace() {
    assertThat(objects)
        .extracting(HasMetadata::getKind, object -> object.getMetadata().getName())
        .map(pair -> pair.toList().get(0) + " " + pair.toList().get(1))
        .containsExactlyInAnyOrder(
            "ConfigMap sums",
            "Secret sums",
            "Service sums",
            "NetworkPolicy sums",
            "StatefulSet sums-learner",
            "PodDisruptionBudget sums-learner",
            "Deployment sums-rollout",
            "PodDisruptionBudget sums-rollout",
            "Deployment sums-reward");
    assertThat(objects).allMatch(object -> object.getMetadata().getNamespace().equals("lab"));
  }

  @Test
  void selectorsFindThePods() {
    StatefulSet learner = one(StatefulSet.class);
    assertThat(learner.getSpec().getServiceName())
        .isEqualTo(one(Service.class).getMetadata().getName());
    Map<String, PodTemplateSpec> templates = templates();
    assertThat(templates).containsOnlyKeys("sums-learner", "sums-rollout", "sums-reward");
    Map<String, String> selector = one(Service.class).getSpec().getSelector();
    for (PodTemplateSpec template : templates.values()) {
      assertThat(template.getMetadata().getLabels()).containsAllEntriesOf(selector);
    }
    assertThat(one(NetworkPolicy.class).getSpec().getPodSelector().getMatchLabels())
        .isEqualTo(selector);
    assertThat(learner.getSpec().getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(learner.getSpec().getSelector().getMatchLabels());
    for (Deployment deployment : all(Deployment.class)) {
      assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
          .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
    }
    for (PodDisruptionBudget budget : all(PodDisruptionBudget.class)) {
      PodTemplateSpec template =
          Objects.requireNonNull(templates.get(budget.getMetadata().getName()));
      assertThat(template.getMetadata().getLabels())
          .containsAllEntriesOf(budget.getSpec().getSelector().getMatchLabels());
    }
    assertThat(all(Deployment.class))
        .extracting(deployment -> deployment.getSpec().getReplicas())
        .containsExactlyInAnyOrder(4, 1);
  }

  @Test
  void everyMountHasItsVolumeAndEveryItemItsKey() {
    Set<String> keys = one(ConfigMap.class).getData().keySet();
    templates()
        .forEach(
            (name, template) -> {
              List<String> volumes =
                  new ArrayList<>(
                      template.getSpec().getVolumes().stream().map(Volume::getName).toList());
              if (name.equals("sums-learner")) {
                volumes.add("runs"); // of the claim's template
              }
              Container container = template.getSpec().getContainers().get(0);
              assertThat(container.getVolumeMounts().stream().map(VolumeMount::getName))
                  .containsExactlyInAnyOrderElementsOf(volumes);
              assertThat(container.getVolumeMounts())
                  .anyMatch(mount -> mount.getMountPath().equals("/models"));
              assertThat(container.getEnvFrom().get(0).getSecretRef().getName()).isEqualTo("keys");
              assertThat(container.getResources().getRequests())
                  .containsEntry("cpu", new Quantity(name.equals("sums-rollout") ? "3" : "5"));
              List<KeyToPath> items =
                  template.getSpec().getVolumes().stream()
                      .filter(volume -> volume.getConfigMap() != null)
                      .findFirst()
                      .orElseThrow()
                      .getConfigMap()
                      .getItems();
              assertThat(items)
                  .extracting(KeyToPath::getKey)
                  .containsExactlyInAnyOrderElementsOf(keys);
              assertThat(items)
                  .extracting(KeyToPath::getPath)
                  .containsExactlyInAnyOrder("experiment.conf", "data.path/rows.jsonl");
            });
  }

  @Test
  void experimentNamesItsFilesAsThePodsHaveThem() throws IOException {
    Map<String, String> data = one(ConfigMap.class).getData();
    assertThat(data.get("data.path_rows.jsonl"))
        .isEqualTo(Files.readString(folder.resolve("rows.jsonl")));
    Path written = Files.writeString(folder.resolve("there.conf"), data.get("experiment.conf"));
    LoadedExperiment there = ExperimentFiles.loadRecorded(written, List.of());
    assertThat(there.experiment().data().path()).isEqualTo("/etc/kelpie/run/data.path/rows.jsonl");
    assertThat(there.experiment().policy().path())
        .isEqualTo("/opt/kelpie/configs/quickstart/policy");
    assertThat(there.experiment().cluster().tlsPath()).isEqualTo("/etc/kelpie/tls");
  }

  @Test
  void secretHasCertificatesOfAllPodsAndNoKeyOfTheAuthority() throws IOException {
    assertThat(one(Secret.class).getStringData())
        .containsOnlyKeys(
            "ca.pem",
            "token",
            "_.sums.lab.svc.cluster.local.pem",
            "_.sums.lab.svc.cluster.local-key.pem",
            "_.lab.pod.cluster.local.pem",
            "_.lab.pod.cluster.local-key.pem");
    Path file = folder.resolve("k8s").resolve(Manifests.SECRET);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
