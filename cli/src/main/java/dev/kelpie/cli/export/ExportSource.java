package dev.kelpie.cli.export;

import dev.kelpie.experience.RunFolder;
import dev.kelpie.learner.adapter.PolicyAdapter;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.runs.CheckpointStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The policy that is exported, and the run that it comes from.
 *
 * @param policy folder in Hugging Face's format, or of an adapter in PEFT's
 * @param base folder of the adapter's base; none for a policy with weights of its own
 * @param checkpoint the run's checkpoint that it is part of
 */
record ExportSource(Path policy, Optional<Path> base, Optional<OfRun> checkpoint) {
  /**
   * A checkpoint of a run.
   *
   * @param step the step after which it was saved
   */
  record OfRun(RunFolder run, Path folder, long step) {}

  /**
   * The policy in {@code policy}; it is of a run where it lies in a checkpoint of one.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException for an adapter whose base is not
   *     there, or has other weights than those that it was trained on
   */
  static ExportSource of(Path policy) {
    Optional<Path> base =
        AdapterFolder.is(policy) ? Optional.of(AdapterFolder.base(policy)) : Optional.empty();
    base.ifPresent(own -> PolicyAdapter.requireBase(policy, own));
    Path absolute = policy.toAbsolutePath().normalize();
    Path checkpoint = absolute.resolve("../..").normalize();
    Path run = checkpoint.resolve("../..").normalize();
    boolean ofRun =
        CheckpointStore.policy(checkpoint).equals(absolute)
            && Files.exists(new RunFolder(run).experimentFile());
    if (!ofRun) {
      return new ExportSource(policy, base, Optional.empty());
    }
    long step = CheckpointStore.manifest(checkpoint).facts().path("step").asLong();
    return new ExportSource(
        policy, base, Optional.of(new OfRun(new RunFolder(run), checkpoint, step)));
  }

  /** {@code step 40 of runs/x}, or the folder. */
  String words() {
    return checkpoint
        .map(of -> "step " + of.step() + " of " + RunFolder.shown(of.run().root()))
        .orElseGet(() -> RunFolder.shown(policy));
  }
}
