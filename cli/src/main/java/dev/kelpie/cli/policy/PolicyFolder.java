package dev.kelpie.cli.policy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.runs.BestCheckpoint;
import dev.kelpie.runs.CheckpointStore;
import dev.kelpie.wire.file.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Resolves a run or a checkpoint that a command names to the folder of a policy. */
public final class PolicyFolder {
  private PolicyFolder() {}

  /**
   * Returns the folder with {@code config.json} that {@code target} names; for a run that of its
   * newest complete checkpoint.
   *
   * @throws ConfigException when there is none
   */
  public static Path of(Path target, Consumer<String> notes) {
    if (!Files.isDirectory(target)) {
      throw new ConfigException(
          target + ": no such folder (expected: a run or a checkpoint folder)");
    }
    if (Files.exists(new RunFolder(target).experimentFile())) {
      return CheckpointStore.policy(newestCheckpoint(target, notes));
    }
    Path ofRun = CheckpointStore.policy(target);
    Path policy = Files.isDirectory(ofRun) ? ofRun : target;
    if (!Files.isRegularFile(policy.resolve("config.json")) && !AdapterFolder.is(policy)) {
      throw new ConfigException(
          policy + ": no config.json (expected: a run or a checkpoint folder)");
    }
    return policy;
  }

  /**
   * Returns the folder of the policy in the best checkpoint of a run.
   *
   * @throws ConfigException when the run has kept none, or it is damaged
   */
  public static Path best(Path run) {
    Path checkpoints = new RunFolder(run).checkpoints();
    Path best =
        new BestCheckpoint(checkpoints)
            .find()
            .orElseThrow(
                () ->
                    new ConfigException(
                        "--best: "
                            + run
                            + ": no best checkpoint (expected: a run with checkpoint.best that has"
                            + " become better than it was at the start)"));
    return undamaged(best);
  }

  /**
   * Returns the folder of the policy in a checkpoint that {@code --best} has chosen.
   *
   * @throws ConfigException when the checkpoint is damaged
   */
  public static Path undamaged(Path checkpoint) {
    new CheckpointStore(AtomicFile.folderOf(checkpoint))
        .manifestOf(checkpoint)
        .damages()
        .forEach(
            damage -> {
              throw new ConfigException("--best: " + damage);
            });
    return CheckpointStore.policy(checkpoint);
  }

  private static Path newestCheckpoint(Path run, Consumer<String> notes) {
    CheckpointStore checkpoints = new CheckpointStore(new RunFolder(run).checkpoints());
    return checkpoints
        .newestWhole(
            (damaged, reason) ->
                notes.accept(damaged + ": " + reason + "; taking the checkpoint before"))
        .map(CheckpointStore.Saved::folder)
        .orElseThrow(
            () -> {
              int all = checkpoints.newestFirst().size();
              return new ConfigException(
                  run
                      + ": no complete checkpoint"
                      + (all == 0 ? "" : " among " + all)
                      + " (expected: a run that has saved one, or a checkpoint folder)");
            });
  }
}
