package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExperimentTest {
  @Test
  void everyKeyHasItsMeaning() {
    List<String> silent = new ArrayList<>();
    collectSilent(Experiment.class, "", silent);
    assertThat(silent).isEmpty();
  }

  @Test
  void thePageIsServedToThisMachineOnly() {
    assertThatThrownBy(() -> ClusterOptions.requireAddress("dashboard.host", "10.0.0.7", false))
        .hasMessage(
            "dashboard.host: 10.0.0.7 (expected: a loopback address, because nothing is encrypted;"
                + " or first ./kelpie cluster certificates --out certificates 10.0.0.7, then -D"
                + " cluster.tls-path=certificates)");
    ClusterOptions.requireAddress("dashboard.host", "10.0.0.7", true);
    ClusterOptions.requireAddress("dashboard.host", "::1", false);
    assertThatThrownBy(() -> ClusterOptions.requireAddress("dashboard.host", "0.0.0.0", true))
        .hasMessage(
            "dashboard.host: 0.0.0.0 (expected: one address of this machine, by which others reach"
                + " it)");
    assertThatThrownBy(() -> new DashboardOptions(true, "127.0.0.1", 70_000, ""))
        .hasMessageContaining("port: 70000");
  }

  private static void collectSilent(Class<?> type, String path, List<String> silent) {
    for (RecordComponent component : type.getRecordComponents()) {
      String key = path + KebabCase.of(component.getName());
      if (component.getType().isRecord()) {
        collectSilent(component.getType(), key + ".", silent);
      } else if (component.getAnnotation(Doc.class) == null) {
        silent.add(key);
      }
    }
  }

  @Test
  void addressOfTheLearnerHasAPort() {
    for (String bad : List.of("nonsense", "h:0", "h:65536", "h:99999", "h:100000", ":1", "h:-1")) {
      assertThatThrownBy(() -> joining(bad))
          .hasMessageContaining(
              "seed: " + bad + " (expected: HOST:PORT, with a port of 1 to 65535");
    }
    assertThat(joining("::1:65535").seed()).isEqualTo("::1:65535");
    assertThat(joining("h:1").seed()).isEqualTo("h:1");
  }

  private static ClusterOptions joining(String seed) {
    ClusterOptions d = ClusterOptions.DEFAULTS;
    return new ClusterOptions(
        d.host(),
        d.bindHost(),
        d.port(),
        d.bulkPort(),
        List.of("rollout"),
        seed,
        "",
        false,
        List.of(),
        d.rejoinTimeout(),
        d.rewardTimeout(),
        d.stallAfter());
  }
}
