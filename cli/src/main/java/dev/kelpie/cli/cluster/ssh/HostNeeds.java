package dev.kelpie.cli.cluster.ssh;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.hosts.HostOptions;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.learner.AlgorithmChecks;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files and folders that the processes of a host read there, by the key that names them. Data,
 * the policy's weights and checkpoints are the learner's alone.
 */
final class HostNeeds {
  static final String POLICY = "policy.path";
  private static final List<String> REWARD_BLOCKS =
      List.of("reward", "models", "reference", "variants", "process-reward");

  private HostNeeds() {}

  /** {@code resolved}: the whole experiment, with absolute paths. */
  static Map<String, String> of(HostOptions host, Experiment experiment, Config resolved) {
    Map<String, String> needs = new TreeMap<>();
    if (host.rolloutWorkers() > 0) {
      if (experiment.policy().lora().used()) {
        needs.put(POLICY, experiment.policy().path()); // the base that adapters are merged into
      }
      Members.of(experiment)
          .sampled()
          .forEach((name, member) -> addMember(name, member, experiment, needs));
    }
    if (host.reward()) {
      for (String block : REWARD_BLOCKS) {
        if (resolved.hasPath(block)) {
          resolved
              .getConfig(block)
              .entrySet()
              .forEach(entry -> addPath(block + "." + entry.getKey(), entry.getValue(), needs));
        }
      }
      if (AlgorithmChecks.needsReference(experiment) || !experiment.models().isEmpty()) {
        needs.put(POLICY, experiment.policy().path());
      }
    }
    return needs;
  }

  private static void addMember(
      String name, MemberOptions member, Experiment experiment, Map<String, String> needs) {
    if (member.earlier()) {
      if (!member.present() && member.back() < 0) {
        needs.put(POLICY, experiment.policy().path());
      }
    } else if (member.from().equals("model")) {
      needs.put("members." + name + ".path", member.path());
    } else if (experiment.reference().schedule() != ReferenceOptions.Schedule.PREVIOUS) {
      String path = experiment.reference().path();
      needs.put(
          path.isEmpty() ? POLICY : "reference.path",
          path.isEmpty() ? experiment.policy().path() : path);
    }
  }

  private static void addPath(String key, ConfigValue value, Map<String, String> needs) {
    boolean path = key.endsWith(".path") || key.endsWith("-path");
    if (path
        && value.valueType() == ConfigValueType.STRING
        && !String.valueOf(value.unwrapped()).isEmpty()) {
      needs.put(key, String.valueOf(value.unwrapped()));
    }
  }
}
