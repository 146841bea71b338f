package dev.kelpie.cli.check;

import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.model.StopTokens;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.MemberReading;
import dev.kelpie.rollout.ReadOptions;
import dev.kelpie.rollout.ResponseRows;
import dev.kelpie.rollout.ResponseSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Opens the training prompts with the responses that members have for them. */
final class MemberInputs {
  private MemberInputs() {}

  /**
   * The training prompts of {@code data}; the caller closes them.
   *
   * @param seed of their order
   * @throws dev.kelpie.config.ConfigException in one line, on a response that cannot be used
   */
  static JsonlPromptSource train(
      Experiment experiment, DataOptions data, long seed, ReadOptions options) {
    Members members = Members.of(experiment);
    if (members.given().isEmpty()) {
      return RunInputs.prompts(experiment, data, seed, options);
    }
    Map<String, ResponseSource> files = new TreeMap<>();
    try {
      members
          .given()
          .forEach(
              (name, member) -> {
                if (member.from().equals("file")) {
                  files.put(name, open(name, member, options));
                }
              });
      MemberReading reading =
          new MemberReading(
              members,
              files,
              StopTokens.open(Path.of(experiment.policy().path())),
              experiment.rollout().maxNewTokens());
      return RunInputs.prompts(experiment, data, seed, options.withMembers(reading));
    } catch (RuntimeException e) {
      files.values().forEach(ResponseSource::close);
      throw e;
    }
  }

  private static ResponseSource open(String name, MemberOptions member, ReadOptions options) {
    boolean recorded =
        member.path().endsWith(".arrow") || Files.isDirectory(Path.of(member.path()));
    return recorded
        ? RecordedResponses.open(name, member)
        : ResponseRows.open(name, member, options);
  }
}
