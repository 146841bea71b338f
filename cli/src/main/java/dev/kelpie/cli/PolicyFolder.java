package dev.kelpie.cli;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.LoadedExperiment;
import dev.kelpie.experience.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Where the policy lies that a person means by a run, by a checkpoint of it, or by a folder. */
final class PolicyFolder {
  private PolicyFolder() {}

  /**
   * The policy that an experiment starts from.
   *
   * @throws ConfigException when its {@code policy.path} is no folder
   */
  static Path of(LoadedExperiment loaded) {
    return loaded.folder("policy.path", "a checkpoint folder");
  }

  /**
   * The folder with {@code config.json} that {@code target} stands for; for a run the one of its
   * newest complete checkpoint.
   *
   * @param notes told in one line of what a person should know
   * @throws ConfigException when there is none
   */
  static Path of(Path target, Consumer<String> notes) {
    if (!Files.isDirectory(target)) {
      throw new ConfigException(
          target + ": no such folder (expected: a run or a checkpoint folder)");
    }
    if (Files.exists(new RunFolder(target).experimentFile())) {
      return Checkpoints.policy(Checkpoints.newest(new RunFolder(target), target, notes));
    }
    Path ofRun = Checkpoints.policy(target);
    Path policy = Files.isDirectory(ofRun) ? ofRun : target;
    if (!Files.isRegularFile(policy.resolve("config.json"))) {
      throw new ConfigException(
          policy + ": no config.json (expected: a run or a checkpoint folder)");
    }
    return policy;
  }
}
